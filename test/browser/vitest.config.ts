import { defineConfig } from 'vitest/config';
import shared from '../../vitest.config.ts';

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ['test/browser/*.test.ts'],
    exclude: ['**/node_modules/**'],
    root: '.',
    testTimeout: 120_000,
  },
});
