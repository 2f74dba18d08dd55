import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GatewayProcess, startProcess } from '../support/processes/gateway-process.ts';
import { runCommand } from '../support/processes/run-command.ts';
import { type RunningGateway, startGateway } from '../support/start-gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-restore-'));
let gateway: RunningGateway;
let restored: GatewayProcess;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await restored?.end('SIGTERM');
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

async function redeem(on: Pick<GatewayProcess, 'run'>, customerId: string, order: string, key: string): Promise<void> {
  const input = { code: 'RESTORED', customerId, order: { id: order }, idempotencyKey: key };
  await on.run('mutation ($input: RedeemPromoCodeInput!) { redeemPromoCode(input: $input) { __typename } }', { input });
}

it('a restored copy is brought up to date from an export, and each use counts once', { timeout: 120_000 }, async () => {
  await gateway.run(
    `mutation { createPromoCode(input: { provider: DURO, code: "RESTORED", discount: { percentage: "10" },
      maxRedemptions: 3 }) { __typename } }`,
  );
  await redeem(gateway, 'known', 'known', 'one');
  const copy = join(folder, 'copy.db');
  expect(await runCommand('backup', [copy], gateway.variables)).toMatchObject({ code: 0 });
  await redeem(gateway, 'later', 'later', 'two');
  const file = join(folder, 'redemptions.csv');
  expect(await runCommand('export', ['redemptions', '--output', file], gateway.variables)).toMatchObject({ code: 0 });

  restored = await startProcess({ ...gateway.variables, DATABASE_URL: copy });
  const count = async () =>
    (await restored.run('{ promoCodeByCode(code: "RESTORED") { redeemedCount } }')).promoCodeByCode.redeemedCount;
  expect(await count()).toBe(1);
  const [header = '', ...lines] = readFileSync(file, 'utf8').trim().split('\r\n');
  const names = header.split(',');
  const uses = lines.map((line) => new Map(line.split(',').map((cell, index) => [names[index], cell])));
  expect(uses.map((use) => [use.get('status'), use.get('countedByProvider')])).toEqual([
    ['REDEEMED', 'no'],
    ['REDEEMED', 'no'],
  ]);
  for (const _ of ['once', 'again']) {
    for (const use of uses) {
      const order = use.get('orderId') ?? '';
      await redeem(restored, use.get('customerId') ?? '', order, `restored-${order}`);
    }
    expect(await count()).toBe(2);
  }
});
