import { expect, test } from 'vitest';
import * as registry from '../../src/providers/index.ts';
import { startSimulators } from '../../src/simulators/start-simulators.ts';

test('a sandbox keeps 1,000 calls of each provider', async () => {
  const simulators = await startSimulators(Object.values(registry));
  try {
    const call = () => fetch(`${simulators.environment.DURO_BASE_URL}/v1/promo-codes`);
    for (let sent = 0; sent < 1100; sent += 100) await Promise.all(Array.from({ length: 100 }, call));
    const list = { method: 'GET', path: '/sandbox/duro/calls', text: '', isBrowser: false };
    expect(JSON.parse(simulators.panel.answer(list).body)).toHaveLength(1000);
  } finally {
    await simulators.close();
  }
});
