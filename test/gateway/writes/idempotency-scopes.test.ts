import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyLine, makeKey } from '../../../src/auth/api-keys.ts';
import { parsePromotionId } from '../../../src/domain/promotion/identity.ts';
import { PROVIDERS } from '../../../src/domain/promotion/promotion.ts';
import { delayAnswer } from '../../support/delay-answer.ts';
import { call, KEYED_MUTATIONS, type KeyedMutation } from '../../support/keyed-mutations.ts';
import type { Run } from '../../support/mutations.ts';
import { noteSecret } from '../../support/redaction.ts';
import { isWrite } from '../../support/shop.ts';
import { type Json, type RunningGateway, startGateway } from '../../support/start-gateway.ts';

/*
 * API keys with the same name are one caller, so they share idempotency keys. Each key has its own account scope.
 */
const SCOPES = 'read+quote+redeem+manage+operate';
const made = new Map<string, string>();
const lines = ['', ...PROVIDERS, 'STRIPE_CONNECT/acct_two'].map((accountScope) => {
  const { key, sha256 } = makeKey();
  noteSecret(key);
  made.set(accountScope, key);
  return keyLine('shop', SCOPES, sha256, accountScope);
});
const CONFLICT = { __typename: 'IdempotencyConflictError' };

let gateway: RunningGateway;
let number = 0;
const newKey = () => ({ idempotencyKey: `scope-${++number}` });
const as =
  (accountScope: string): Run =>
  (query, variables) =>
    gateway.run(query, variables, { authorization: `Bearer ${made.get(accountScope)}` });
const writes = () => Object.values(gateway.simulators).flatMap(({ calls }) => calls.filter(isWrite)).length;

beforeAll(async () => {
  gateway = await startGateway({ settings: { API_KEYS: lines.join(',') } });
});
afterAll(() => gateway.stop());

describe.each(KEYED_MUTATIONS)('an idempotency key of $title', (keyed) => {
  it('returns its object to a key bound to its account, and is a conflict for any other', async () => {
    const input = { ...(await keyed.arrange(as(''))), ...newKey() };
    const first = await call(as(''), keyed, input);
    const key = parsePromotionId(first.object.promotion?.id ?? first.object.id);
    const after = writes();
    for (const accountScope of made.keys()) {
      const isCovered = accountScope === '' || accountScope === key?.provider;
      const repeat = await call(as(accountScope), keyed, input);
      expect([accountScope, repeat]).toEqual([
        accountScope,
        isCovered ? { ...first, replayed: true } : expect.objectContaining(CONFLICT),
      ]);
    }
    expect(writes()).toBe(after);
  });
});

function keyedMutation(name: string): KeyedMutation {
  const keyed = KEYED_MUTATIONS.find(({ title }) => title === name);
  if (!keyed) throw new Error(`There is no ${name}`);
  return keyed;
}

const AT_PROVIDER: [string, Json][] = [
  ['createCoupon', { method: 'POST', path: /coupons$/ }],
  ['createPromoCode', { method: 'POST', path: /promotion-codes$/ }],
  ['redeemPromoCode for a subscription', { method: 'POST', path: /subscriptions/ }],
];

function simulatorOf(title: string) {
  return title === 'createPromoCode' ? gateway.chatdash : gateway.flexprice;
}

describe.each(AT_PROVIDER)('the idempotency key of %s', (title, atProvider) => {
  const keyed = keyedMutation(title);

  it('is an immediate conflict for a key bound elsewhere while the call is in progress', async () => {
    const input = { ...(await keyed.arrange(as(''))), ...newKey() };
    const { isSent, answer } = delayAnswer(simulatorOf(title), { ...atProvider });
    const first = call(as(''), keyed, input);
    await isSent;
    for (const accountScope of ['DURO', 'STRIPE_CONNECT/acct_two']) {
      expect([accountScope, await call(as(accountScope), keyed, input)]).toEqual([
        accountScope,
        expect.objectContaining(CONFLICT),
      ]);
    }
    answer();
    expect(await first).toMatchObject({ replayed: false });
  });

  it('is a conflict without a look-up for a key bound elsewhere while the outcome is unknown', async () => {
    const input = { ...(await keyed.arrange(as(''))), ...newKey() };
    simulatorOf(title).fail({ kind: 'hang-up', commit: true, ...atProvider });
    expect(await call(as(''), keyed, input)).toMatchObject({ __typename: 'PromotionProviderError' });
    const before = gateway.callsToProviders();
    for (const accountScope of ['DURO', 'STRIPE_CONNECT/acct_two']) {
      expect([accountScope, await call(as(accountScope), keyed, input)]).toEqual([
        accountScope,
        expect.objectContaining(CONFLICT),
      ]);
    }
    expect(gateway.callsToProviders()).toBe(before);
  });
});
