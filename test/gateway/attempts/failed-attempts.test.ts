import { describe, expect, it } from 'vitest';
import type { Json } from '../../support/start-gateway.ts';
import { DAY, start } from './guessers.ts';

describe('the list of failed attempts', () => {
  const LIST = `query ($filter: FailedAttemptFilter, $first: Int, $after: String) {
    failedAttempts(filter: $filter, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
      nodes { id at caller customerId address code reason } } }`;
  type Started = Awaited<ReturnType<typeof start>>;
  const list = async ({ gateway, keys }: Pick<Started, 'gateway' | 'keys'>, variables: Json = {}): Promise<Json> =>
    (await gateway.run(LIST, variables, keys.of('ops'))).failedAttempts;

  it('shows an operator the reasons that the caller did not get', async () => {
    const { gateway, keys, shopOf, redeem, makeDeadCodes } = await start({ TRUSTED_PROXIES: 'loopback' });
    await makeDeadCodes();
    await redeem('dur-over ', { customerId: 'cus_one' });
    gateway.advance(1000);
    await shopOf('shop', { 'x-forwarded-for': '203.0.113.7' }).quote({ code: ' STR–USED\u200b' });
    gateway.advance(1000);
    await redeem('NONE', { customerId: 'cus_two' });
    await redeem('NONE', { customerId: 'cus_two' }, shopOf('desk'));
    const { nodes, totalCount } = await list({ gateway, keys });
    expect(nodes).toMatchObject([
      { customerId: 'cus_two', address: null, code: 'NONE', reason: 'NOT_FOUND', caller: 'shop' },
      { customerId: null, address: '203.0.113.7', code: 'STR-USED', reason: 'EXHAUSTED', caller: 'shop' },
      { customerId: 'cus_one', address: null, code: 'dur-over', reason: 'EXPIRED', caller: 'shop' },
    ]);
    expect(totalCount).toBe(3);
    const bound = await gateway.run(LIST, {}, keys.of('bound'));
    expect(bound.failedAttempts).toMatchObject({ totalCount: 0, nodes: [] });
    const codes = async (filter: Json) =>
      (await list({ gateway, keys }, { filter })).nodes.map(({ code }: Json) => code);
    expect(await codes({ customerId: 'cus_one' })).toEqual(['dur-over']);
    expect(await codes({ address: '203.0.113.7', caller: 'shop' })).toEqual(['STR-USED']);
    expect(await codes({ caller: 'nobody' })).toEqual([]);
    expect(await codes({ after: nodes[2].at })).toEqual(['NONE', 'STR-USED']);
    expect(await codes({ before: nodes[0].at, after: nodes[2].at })).toEqual(['STR-USED']);
    const first = await list({ gateway, keys }, { first: 2 });
    expect(first).toMatchObject({ pageInfo: { hasNextPage: true }, totalCount: 3 });
    expect((await list({ gateway, keys }, { first: 2, after: first.pageInfo.endCursor })).nodes).toMatchObject([
      { code: 'dur-over' },
    ]);
  });

  it('gives each attempt by its id to callers that may list them', async () => {
    const { gateway, keys, redeem } = await start();
    await redeem('NONE');
    const [{ id }] = (await list({ gateway, keys })).nodes;
    const node = 'query ($id: ID!) { node(id: $id) { id ... on FailedAttempt { code } } }';
    expect((await gateway.run(node, { id }, keys.of('all'))).node).toEqual({ id, code: 'NONE' });
    expect((await gateway.run(node, { id }, keys.of('desk'))).node).toBeNull();
  });

  it('keeps only as much of a typed text as a code can be long', async () => {
    const { gateway, keys, shopOf } = await start();
    const code = 'x'.repeat(1000);
    expect((await shopOf('shop').quote({ code })).refusal?.reason).toBe('NOT_REDEEMABLE');
    expect((await list({ gateway, keys })).nodes[0].code).toBe('x'.repeat(100));
  });

  it('keeps attempts for seven days', async () => {
    const { gateway, keys, redeem } = await start();
    await redeem('NONE');
    const { store } = gateway.gateway;
    gateway.advance(7 * DAY - 1);
    await store.attempts.deleteOld(gateway.now());
    expect((await list({ gateway, keys })).totalCount).toBe(1);
    gateway.advance(1);
    await store.attempts.deleteOld(gateway.now());
    expect((await list({ gateway, keys })).totalCount).toBe(0);
  });

  it('is the only place for codes and customers, which are not logged', async () => {
    const { gateway, redeem } = await start();
    await redeem('SECRET-GUESS', { customerId: 'cus_secret' });
    expect(JSON.stringify(gateway.logged)).toContain('NOT_REDEEMABLE');
    for (const secret of ['SECRET-GUESS', 'cus_secret']) expect(JSON.stringify(gateway.logged)).not.toContain(secret);
  });
});
