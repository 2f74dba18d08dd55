import { existsSync, statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayProcess, startProcess } from './support/processes/gateway-process.ts';
import { createStop, lendProviders } from './support/processes/lend-providers.ts';
import type { RunningGateway } from './support/start-gateway.ts';

let lender: RunningGateway;
let settings: Record<string, string>;
let file: string;
beforeEach(async () => {
  ({ lender, settings, file } = await lendProviders());
});
afterEach(() => lender.stop());

/** Waits until the process accepts no more connections. */
async function untilClosed({ url }: GatewayProcess): Promise<void> {
  for (;;) {
    const answer = await fetch(new URL('/ready', url)).catch(() => null);
    if (!answer) return;
    await answer.text();
  }
}

async function untilAsked(calls: number): Promise<void> {
  while (lender.duro.calls.length < calls) await setImmediate();
}

describe('a gateway that gets SIGTERM', () => {
  it('finishes requests in progress, checkpoints its database and exits with 0', async () => {
    const gateway = await startProcess({ ...settings, PROVIDER_DEADLINE_MS: '1000' });
    lender.duro.fail({ kind: 'silence' });
    const answer = createStop(gateway);
    await untilAsked(1);
    const exit = gateway.end('SIGTERM');
    expect(await answer).toMatchObject({
      data: { createPromoCode: { __typename: 'PromotionProviderError', kind: 'TIMED_OUT' } },
    });
    expect(await exit).toBe(0);
    expect(existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0).toBe(0);
  });

  it('twice exits immediately', async () => {
    const gateway = await startProcess(settings);
    lender.duro.fail({ kind: 'silence' });
    const cut = createStop(gateway).catch(() => 'cut');
    await untilAsked(1);
    const first = gateway.end('SIGTERM');
    await untilClosed(gateway);
    // The signal itself ended the process, so there is no exit code.
    expect(await gateway.end('SIGTERM')).toBeNull();
    expect(await first).toBeNull();
    expect(await cut).toBe('cut');
  });
});

describe('a gateway that gets SIGTERM during background work', () => {
  it('stops a synchronisation, which continues after the next start', async () => {
    await lender.run(
      'mutation { createCoupon(input: { provider: FLEXPRICE, name: "Synchronised", discount: { percentage: "1" } }) { __typename } }',
    );
    const struck = Promise.withResolvers<void>();
    lender.flexprice.fail({
      kind: 'silence',
      times: Number.POSITIVE_INFINITY,
      path: /search/,
      onStrike: struck.resolve,
    });
    const synchronising = { ...settings, SYNC_SECONDS: '900' };
    const gateway = await startProcess({ ...synchronising, PROVIDER_DEADLINE_MS: '1000' });
    await struck.promise;
    expect(await gateway.end('SIGTERM')).toBe(0);
    lender.flexprice.heal();
    const again = await startProcess(synchronising);
    const held = () => again.send('{ coupons(filter: { provider: [FLEXPRICE] }) { nodes { name } } }');
    while ((await held()).data.coupons.nodes.length === 0) await setImmediate();
    expect((await held()).data.coupons.nodes).toEqual([{ name: 'Synchronised' }]);
    expect(await again.end('SIGTERM')).toBe(0);
  });
});
