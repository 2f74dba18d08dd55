import { execFile } from 'node:child_process';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Provider } from '../../../src/domain/provider/provider.ts';
import { synchronise } from '../../../src/gateway/sync/synchronise.ts';
import { synchroniseDue } from '../../../src/gateway/sync/synchronise-due.ts';
import { schedule } from '../../../src/jobs/scheduler.ts';
import { synchronisation } from '../../../src/jobs/synchronisation.ts';
import { chatdashClient, flexpriceClient, idOf } from '../../simulators/client.ts';
import { freshGateway } from '../../support/gateways.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';

const ROOT = new URL('../../..', import.meta.url).pathname;

let gateway: RunningGateway;
beforeEach(async () => {
  gateway = await freshGateway();
});

function account(name: 'FLEXPRICE' | 'STRIPE_CONNECT'): Provider {
  const provider = gateway.gateway.accounts.find(name);
  if (!provider) throw new Error(`${name} is off`);
  return provider;
}
const sync = (name: 'FLEXPRICE' | 'STRIPE_CONNECT', options = {}) =>
  synchronise(gateway.gateway, account(name), options);

/** Creates coupons at Flexprice, each second one with a code. */
async function makeAtFlexprice(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const code = index % 2 ? { coupon_code: `E${index}` } : {};
    const body = { name: `E${index}`, type: 'percentage', percentage_off: '5', cadence: 'once', ...code };
    ids.push(idOf(await flexpriceClient(gateway.flexprice)('POST', '/coupons', body)));
  }
  return ids;
}

async function held(): Promise<{ codes: Json; coupons: Json }> {
  const { promoCodes, coupons } = await gateway.run(
    '{ promoCodes { totalCount nodes { code status } } coupons { totalCount nodes { name status } } }',
  );
  return { codes: promoCodes, coupons };
}
const statuses = ({ nodes }: Json) => nodes.map(({ status }: Json) => status).sort();

it('a synchronisation stores everything that Flexprice has, page by page', async () => {
  await makeAtFlexprice(230);
  const before = gateway.flexprice.calls.length;
  const progress: number[] = [];
  expect(await sync('FLEXPRICE', { onProgress: ({ seen }: { seen: number }) => progress.push(seen) })).toBe('DONE');
  expect(gateway.flexprice.calls.length - before).toBe(3);
  expect(progress.slice(0, 3)).toEqual([100, 200, 230]);
  const { codes, coupons } = await held();
  expect([codes.totalCount, coupons.totalCount]).toEqual([115, 115]);
});

it('a synchronisation makes objects inactive that are gone at the provider, and no others', async () => {
  const [archived = ''] = await makeAtFlexprice(5);
  await sync('FLEXPRICE');
  await flexpriceClient(gateway.flexprice)('DELETE', `/coupons/${archived}`);
  expect(await sync('FLEXPRICE')).toBe('DONE');
  const { codes, coupons } = await held();
  expect([statuses(codes), statuses(coupons)]).toEqual([
    ['ACTIVE', 'ACTIVE'],
    ['ACTIVE', 'ACTIVE', 'INACTIVE'],
  ]);
});

it('a synchronisation stores the coupons and codes of one connected account, and leaves the other account alone', async () => {
  const ask = chatdashClient(gateway.chatdash, 'acct_one');
  for (const name of ['One', 'Two']) {
    const data = { name, percent_off: 10, duration: 'once' };
    const coupon = idOf(await ask('POST', '/coupons', { data }));
    for (const code of ['A', 'B']) {
      await ask('POST', '/promotion-codes', { data: { coupon, code: `${name}-${code}` } });
    }
  }
  expect(await sync('STRIPE_CONNECT')).toBe('DONE');
  const { codes, coupons } = await held();
  expect([codes.totalCount, coupons.totalCount]).toEqual([4, 2]);
  // A coupon that is no longer listed, and that has no codes, counts as deleted together with its codes.
  const always = { kind: 'answer', times: Number.POSITIVE_INFINITY } as const;
  gateway.chatdash.fail({ ...always, status: 200, body: { data: [], has_more: false }, path: /coupons$/ });
  gateway.chatdash.fail({ ...always, status: 404, body: { error: 'No such coupon' }, path: /codes$/ });
  expect(await sync('STRIPE_CONNECT')).toBe('DONE');
  gateway.chatdash.heal();
  const after = await held();
  expect(statuses(after.coupons)).toEqual(['INACTIVE', 'INACTIVE']);
  expect(statuses(after.codes)).toEqual(['INACTIVE', 'INACTIVE', 'INACTIVE', 'INACTIVE']);
  // A promotion that is listed again becomes active again.
  expect(await sync('STRIPE_CONNECT')).toBe('DONE');
  expect(statuses((await held()).codes)).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE']);
});

it('a record that cannot be read neither stops a synchronisation nor counts as gone', async () => {
  const ask = chatdashClient(gateway.chatdash, 'acct_one');
  const coupon = idOf(await ask('POST', '/coupons', { data: { name: 'One', percent_off: 10, duration: 'once' } }));
  await ask('POST', '/promotion-codes', { data: { coupon, code: 'A' } });
  await sync('STRIPE_CONNECT');
  const body = { data: [{ id: 'promo_odd', coupon: 7 }], has_more: false };
  gateway.chatdash.fail({ kind: 'answer', times: Number.POSITIVE_INFINITY, status: 200, body, path: /codes$/ });
  await ask('POST', '/coupons', { data: { name: 'Two', percent_off: 10, duration: 'once' } });
  expect(await sync('STRIPE_CONNECT')).toBe('DONE');
  const { codes, coupons } = await held();
  expect([statuses(codes), statuses(coupons)]).toEqual([['ACTIVE'], ['ACTIVE', 'ACTIVE']]);
});

it('an object that a list omits once and a second read shows is not gone', async () => {
  const ask = chatdashClient(gateway.chatdash, 'acct_one');
  const coupon = idOf(await ask('POST', '/coupons', { data: { name: 'One', percent_off: 10, duration: 'once' } }));
  await ask('POST', '/promotion-codes', { data: { coupon, code: 'ONE' } });
  await sync('STRIPE_CONNECT');
  gateway.chatdash.fail({ kind: 'answer', status: 200, body: { data: [], has_more: false }, path: /coupons$/ });
  gateway.chatdash.fail({ kind: 'answer', status: 200, body: { data: [], has_more: false }, path: /codes$/ });
  expect(await sync('STRIPE_CONNECT')).toBe('DONE');
  const { codes, coupons } = await held();
  expect([statuses(codes), statuses(coupons)]).toEqual([['ACTIVE'], ['ACTIVE']]);
});

it('an interrupted synchronisation continues from where it stopped', async () => {
  await makeAtFlexprice(230);
  gateway.flexprice.fail({ kind: 'late', path: /search/ });
  gateway.flexprice.fail({ kind: 'answer', status: 503, path: /search/ });
  await expect(sync('FLEXPRICE')).rejects.toMatchObject({ kind: 'UNAVAILABLE' });
  const before = gateway.flexprice.calls.length;
  const stop = new AbortController();
  expect(await sync('FLEXPRICE', { signal: stop.signal, onProgress: () => stop.abort() })).toBe('STOPPED');
  expect(await sync('FLEXPRICE')).toBe('DONE');
  expect(gateway.flexprice.calls.length - before).toBe(2);
  expect((await held()).codes.totalCount).toBe(115);
});

describe('a synchronisation whose position in the list the provider no longer knows', () => {
  const GONE = { kind: 'answer', status: 404, body: { error: "No such coupon: 'gone'" } } as const;

  const atChatdash = (path: string, data: object) =>
    chatdashClient(gateway.chatdash, 'acct_one')('POST', path, { data });
  /** Creates more coupons than fit on one page. */
  const makeCoupons = () =>
    Promise.all(Array.from({ length: 102 }, () => atChatdash('/coupons', { percent_off: 5, duration: 'once' })));
  async function makeCodes(): Promise<void> {
    const coupon = idOf(await atChatdash('/coupons', { percent_off: 10, duration: 'once' }));
    const codes = Array.from({ length: 102 }, (_, index) => ({ coupon, code: `P-${index}` }));
    await Promise.all(codes.map((code) => atChatdash('/promotion-codes', code)));
  }
  /** Makes the provider refuse the second page of a list a number of times. */
  function refuseSecondPage(path: RegExp, times: number): void {
    for (let index = 0; index < times; index += 1) {
      gateway.chatdash.fail({ kind: 'late', path });
      gateway.chatdash.fail({ ...GONE, path });
    }
  }

  it.each([
    ['coupons', makeCoupons, /coupons$/, 'LIST', [0, 102]],
    ['codes', makeCodes, /promotion-codes$/, 'CODES', [102, 1]],
  ] as const)('starts over, reports that, and loses none of the %s', async (_, make, path, phase, counts) => {
    await make();
    await sync('STRIPE_CONNECT');
    refuseSecondPage(path, 1);
    const restarts: string[] = [];
    const onRestart = (round: { phase: string }) => restarts.push(round.phase);
    expect(await sync('STRIPE_CONNECT', { onRestart })).toBe('DONE');
    expect(restarts).toEqual([phase]);
    const { codes, coupons } = await held();
    expect([codes.totalCount, coupons.totalCount]).toEqual(counts);
    expect(new Set([...statuses(codes), ...statuses(coupons)])).toEqual(new Set(['ACTIVE']));
  });

  it('starts again once per call, and the next call starts at the beginning', async () => {
    await makeCoupons();
    refuseSecondPage(/coupons$/, 2);
    await expect(sync('STRIPE_CONNECT')).rejects.toMatchObject({ kind: 'REJECTED' });
    const before = gateway.chatdash.calls.length;
    expect(await sync('STRIPE_CONNECT')).toBe('DONE');
    expect(gateway.chatdash.calls.slice(before)[0]).toMatchObject({
      query: expect.not.stringContaining('starting_after'),
    });
  });

  it('is logged by the background job', async () => {
    await makeCoupons();
    refuseSecondPage(/acct_one\/coupons$/, 1);
    const logged: unknown[][] = [];
    const restarted = Promise.withResolvers<void>();
    const log = (...line: unknown[]) => {
      logged.push(line);
      if (String(line[1]).startsWith('A synchronisation starts again')) restarted.resolve();
    };
    const job = schedule([synchronisation(gateway.gateway, log)], log);
    await restarted.promise;
    await job.stop();
    const details = { provider: 'STRIPE_CONNECT', account: 'acct_one', phase: 'LIST', seen: 100 };
    expect(logged).toContainEqual(['info', expect.stringContaining('starts again'), details]);
  });
});

it('one process synchronises, and the others leave it alone', async () => {
  await makeAtFlexprice(5);
  expect((await Promise.all([sync('FLEXPRICE'), sync('FLEXPRICE')])).sort()).toEqual(['BUSY', 'DONE']);
});

it('a synchronisation repeats when it is due, and a provider that is down delays no other', async () => {
  await makeAtFlexprice(5);
  gateway.chatdash.fail({ kind: 'hang-up', times: Number.POSITIVE_INFINITY });
  const round = () => synchroniseDue(gateway.gateway, new AbortController().signal);
  expect((await round()).sort()).toEqual(['DONE', 'DONE', null, null]);
  gateway.chatdash.heal();
  expect(await round()).toEqual(['DONE', 'DONE']);
  expect(await round()).toEqual([]);
  gateway.advance(15 * 60_000);
  expect(await round()).toEqual(['DONE', 'DONE', 'DONE', 'DONE']);
});

it('npm run sync continues from where a killed one stopped', { timeout: 240_000 }, async () => {
  await makeAtFlexprice(230);
  const run = (onStart: (kill: () => void) => void = () => {}) =>
    new Promise<{ code: number | null; printed: string }>((resolve) => {
      const child = execFile(
        process.execPath,
        ['src/cli/sync.ts'],
        { cwd: ROOT, env: gateway.variables },
        (_, out, error) => resolve({ code: child.exitCode, printed: out + error }),
      );
      onStart(() => child.kill('SIGKILL'));
    });
  let kill = () => {};
  gateway.flexprice.fail({ kind: 'late', path: /search/ });
  gateway.flexprice.fail({ kind: 'silence', path: /search/, onStrike: () => kill() });
  expect(await run((end) => (kill = end))).toMatchObject({ code: null });
  gateway.flexprice.heal();
  const before = gateway.flexprice.calls.length;
  let last = await run();
  while (last.printed.includes('another process')) last = await run();
  expect(last).toMatchObject({ code: 0, printed: expect.stringContaining('FLEXPRICE default: 230 seen, done') });
  expect(gateway.flexprice.calls.length - before).toBe(2);
});
