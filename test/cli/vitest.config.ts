import { defineConfig } from 'vitest/config';
import shared from '../../vitest.config.ts';

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: [
      ...['test/cli/**/*.test.ts', 'test/image/**/*.test.ts', 'test/store/transfer/**/*.test.ts'],
      ...['test/smoke.test.ts', 'test/start-and-stop.test.ts'],
    ],
    exclude: ['**/node_modules/**'],
    root: '.',
  },
});
