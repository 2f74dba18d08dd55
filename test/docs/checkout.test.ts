import { expect, it } from 'vitest';
import { blocksOf, read } from './pages.ts';

it('the server in the recipe for a checkout is the one that the tests of clients run', () => {
  const shown = blocksOf('docs/checkout.md').filter(({ language }) => language === 'ts');
  expect(shown.map(({ text }) => text.trimEnd())).toEqual([read('test/clients/checkout-server.ts').trimEnd()]);
});
