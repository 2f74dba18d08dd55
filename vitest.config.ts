import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Long suites about a database server: npm run test:postgres. */
const LONG_ON_A_SERVER = [
  'test/torture/server-crash.test.ts',
  'test/jobs/server-trouble.test.ts',
  'test/store/ledger/batch-plans.test.ts',
  'test/store/lists/server-list-plans.test.ts',
  'test/store/engines/postgres/postgres.test.ts',
  'test/store/engines/postgres/start.test.ts',
];

export default defineConfig({
  // One copy of graphql: two (ESM and CJS) would fail each other's `instanceof`.
  resolve: { alias: { graphql: 'graphql/index.js' } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: [
      'test/support/redaction.ts',
      'test/support/postgres/lend-postgres.ts',
      'test/support/processes/pack-packages.ts',
    ],
    exclude: [
      // They need peers of their own: npm run test:federation, test:clients, test:browser.
      ...['test/federation/**', 'test/clients/**', 'test/browser/**', '**/node_modules/**'],
      // They start a process for nearly every test, or copy whole stores: npm run test:commands.
      ...[
        'test/cli/**',
        'test/image/**',
        'test/store/transfer/**',
        'test/smoke.test.ts',
        'test/start-and-stop.test.ts',
      ],
      ...(process.env.TEST_STORE === 'PostgreSQL' ? [] : LONG_ON_A_SERVER),
    ],
    // Modules are evaluated once a worker, not once a file: they keep nothing that one test could leave to another.
    isolate: false,
    // One more than there are cores: a test waits for processes and files most of the time.
    maxWorkers: availableParallelism() + 1,
    // Only what hangs is to fail for it: a busy machine is slow.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    server: { deps: { inline: [/graphql/, /@pothos/] } },
  },
});
