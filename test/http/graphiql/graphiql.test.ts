import { expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';

const gateway = await sharedGateway();

it('GraphiQL is served to browsers with all its assets', async () => {
  const page = await fetch(gateway.url, { headers: { accept: 'text/html' } });
  const html = await page.text();
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(html).toContain('CreateOnDuro');
  expect(html).not.toMatch(/<(script|link)[^>]+(src|href)="https?:/);
});
