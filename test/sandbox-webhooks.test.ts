import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startProcess } from './support/processes/gateway-process.ts';

const CREATE = `mutation {
  createCoupon(input: { provider: STRIPE, name: "Ten", discount: { percentage: "10" } }) { __typename }
}`;

it('the simulators of a sandbox deliver their webhooks to the gateway', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-webhooks-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const gateway = await startProcess({ DATABASE_URL: join(folder, 'gateway.db'), SANDBOX: '1', SANDBOX_EXAMPLES: '0' });
  expect(await gateway.run(CREATE)).toEqual({ createCoupon: { __typename: 'CreateCouponPayload' } });
  const metrics = async () => (await fetch(new URL('/metrics', gateway.url))).text();
  await vi.waitFor(async () => {
    expect(await metrics()).toContain('promo_gateway_webhook_deliveries_total{provider="STRIPE",outcome="ACCEPTED"} 1');
  }, 20_000);
  expect(await gateway.end('SIGTERM')).toBe(0);
});
