import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { recover } from '../../src/gateway/writes/recover-writes.ts';
import { defined } from '../support/defined.ts';
import { runCommand } from '../support/processes/run-command.ts';
import { type RunningGateway, startGateway } from '../support/start-gateway.ts';

const ROOT = new URL('../..', import.meta.url).pathname;

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

/** Runs the command beside the gateway, on its store. */
function command(...parameters: string[]): Promise<{ code: number; printed: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['src/cli/recover.ts', ...parameters],
      { cwd: ROOT, env: gateway.variables },
      (_, out, error) => resolve({ code: child.exitCode ?? -1, printed: out + error }),
    );
  });
}

async function create(input: Record<string, unknown>): Promise<void> {
  await gateway.run('mutation ($input: CreatePromoCodeInput!) { createPromoCode(input: $input) { __typename } }', {
    input: { discount: { percentage: '10' }, ...input },
  });
}

const codes = async () =>
  (await gateway.run('{ promoCodes { nodes { code } } }')).promoCodes?.nodes.map(({ code }) => code);

it('reports that nothing is left, and prints its usage', { timeout: 60_000 }, async () => {
  expect(await command()).toMatchObject({ code: 0, printed: expect.stringContaining('Nothing is left') });
  expect(await command('some', 'nonsense')).toMatchObject({ code: 1, printed: expect.stringContaining('not-made') });
  expect(await command('some', 'not-made')).toMatchObject({ code: 1, printed: expect.stringContaining('No such') });
});

it('settles the writes whose results it can find out', { timeout: 60_000 }, async () => {
  gateway.flexprice.fail({ kind: 'hang-up', commit: true, method: 'POST', path: /coupons$/ });
  await create({ provider: 'FLEXPRICE', code: 'FOUND' });
  expect(await command()).toMatchObject({ code: 0, printed: expect.stringMatching(/^finished .*FOUND/) });
  expect(await codes()).toContain('found');
});

it('lists the writes that only a person can settle, and settles them as told', { timeout: 60_000 }, async () => {
  gateway.duro.fail({ kind: 'hang-up', commit: true, method: 'POST', times: 2 });
  await create({ provider: 'DURO', code: 'MADE' });
  await create({ provider: 'DURO', code: 'UNMADE' });
  gateway.duro.fail({ kind: 'answer', status: 409, body: { error: {} }, method: 'POST', times: 2 });
  await recover(gateway.gateway);
  gateway.duro.fail({ kind: 'answer', status: 409, body: { error: {} }, method: 'POST', times: 2 });
  const { printed } = await command();
  const idOf = (code: string) => printed.match(new RegExp(`^in doubt  (\\S+) .* ${code}$`, 'm'))?.[1] ?? '';
  expect(printed).toContain('npm run recover -- WRITE made ID');
  expect(await command(idOf('UNMADE'), 'not-made')).toEqual({ code: 0, printed: 'Settled.\n' });
  expect(await command(idOf('MADE'), 'made', 'promo_unknown')).toMatchObject({ code: 1 });
  // Duro tells no ids of codes that it is not asked for by id: that of another code stands for what a person saw there.
  await create({ provider: 'DURO', code: 'SEEN' });
  const { promoCodeByCode } = await gateway.run('{ promoCodeByCode(code: "SEEN") { providerId } }');
  expect(await command(idOf('MADE'), 'made', defined(promoCodeByCode).providerId)).toEqual({
    code: 0,
    printed: 'Settled.\n',
  });
  expect(await command()).toMatchObject({ printed: expect.stringContaining('Nothing is left') });
});

it("shows what accepting the provider's count changes, and accepts it when told to", { timeout: 60_000 }, async () => {
  await create({ provider: 'DURO', code: 'COUNT', maxRedemptions: 5 });
  const held =
    await gateway.run(`mutation { holdPromoCode(input: { code: "COUNT", order: { id: "A" }, idempotencyKey: "h" })
    { __typename ... on RedeemPayload { redemption { id promotion { id } } } } }`);
  if (held.holdPromoCode?.__typename !== 'RedeemPayload') throw new Error('The code is not held');
  const { id, promotion } = held.holdPromoCode.redemption;
  // The customer never spent it: the provider's count will not rise.
  await gateway.run(
    'mutation ($id: ID!) { confirmRedemption(input: { id: $id, countedByProvider: true }) { __typename } }',
    { id },
  );
  const redeemed = async () =>
    (
      await gateway.run('query ($id: ID!) { promoCode(id: $id, policy: FRESH) { redeemedCount } }', {
        id: promotion.id,
      })
    ).promoCode?.redeemedCount;
  expect(await redeemed()).toBe(1);
  const shown = await command('--accept-count', promotion.id);
  expect(shown).toMatchObject({ code: 0, printed: expect.stringMatching(/COUNT.*redeemedCount +1 -> 0.*--yes/s) });
  expect(await redeemed()).toBe(1);
  expect(await command('--accept-count', promotion.id, '--yes')).toMatchObject({
    code: 0,
    printed: expect.stringContaining('Accepted'),
  });
  expect(await redeemed()).toBe(0);
  expect(await command('--accept-count', 'nonsense')).toMatchObject({ code: 1 });
  expect(await command('--no-such-option')).toMatchObject({ code: 1, printed: expect.stringContaining('not-made') });
});

it('a command for a sandbox says that it cannot reach the simulated providers', { timeout: 60_000 }, async () => {
  gateway.duro.fail({ kind: 'hang-up', method: 'POST' });
  await create({ provider: 'DURO', code: 'SIMULATED' });
  const [pending] = await gateway.gateway.store.pendingWrites.all();
  const sandbox = { DATABASE_URL: gateway.variables.DATABASE_URL, SANDBOX: '1' };
  const error =
    'The providers are simulated, within the process of the gateway: this command, another process, cannot reach them.\n';
  expect(await runCommand('sync', [], sandbox)).toEqual({ code: 1, out: '', error });
  expect(await runCommand('recover', [pending?.id ?? '', 'not-made'], sandbox)).toEqual({ code: 1, out: '', error });
  expect(await command(pending?.id ?? '', 'not-made')).toMatchObject({ code: 0 });
});
