import { afterAll, beforeAll, expect, it } from 'vitest';
import { createExamples } from '../../../src/gateway/promotions/create-examples.ts';
import { type RunningGateway, startGateway } from '../../support/start-gateway.ts';

const DAY = 24 * 60 * 60_000;
const EXAMPLE = { code: 'EXAMPLE', terms: { discount: { kind: 'PERCENTAGE' as const, percentage: '10' } } };

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

it('examples are created in an empty store only, also after their idempotency keys have expired', async () => {
  const warnings: string[] = [];
  for (let start = 0; start < 2; start += 1) {
    await createExamples(gateway.gateway, [['DURO', EXAMPLE]], (message) => warnings.push(message));
    gateway.advance(31 * DAY);
  }
  expect(warnings).toEqual([]);
  expect(await gateway.run('{ promoCodes { nodes { code } } }')).toEqual({
    promoCodes: { nodes: [{ code: 'EXAMPLE' }] },
  });
});
