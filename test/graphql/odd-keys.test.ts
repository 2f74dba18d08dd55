import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../support/gateways.ts';
import { mutate, payloadOf } from '../support/mutations.ts';
import { openShop } from '../support/shop.ts';
import type { Json } from '../support/start-gateway.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);

const INHERITED = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf', 'toJSON', 'then', 'catch'];
type Kind = 'PromoCode' | 'Coupon';
const SHOWN_AS = { PromoCode: 'promoCode', Coupon: 'coupon' } as const;
const READ = `query ($id: ID!) {
  code: promoCode(id: $id, policy: FRESH) { metadata }
  coupon(id: $id, policy: FRESH) { metadata }
  node(id: $id) { ... on Redeemable { metadata } }
  codes: promoCodes(first: 1) { nodes { metadata } }
  coupons(first: 1) { nodes { metadata } }
}`;

/** Entries, because comparisons of objects ignore a key `__proto__`. */
function entriesOf(metadata: object | null): [string, string][] {
  return Object.entries(metadata ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Creates an object, and returns it as `shown`. */
async function create(kind: Kind, input: Json): Promise<Json> {
  const { [SHOWN_AS[kind]]: shown, ...result } = await mutate(gateway.run, `create${kind}`, input);
  return { ...result, shown };
}

function inputOf(kind: Kind, provider: string, metadata: object): Json {
  const name = kind === 'Coupon' ? { name: 'Ten' } : {};
  return { provider, discount: { percentage: '10' }, ...name, metadata, idempotencyKey: shop.newKey() };
}

/** The metadata as every kind of read shows it. */
async function readings(kind: Kind, id: string): Promise<Json[]> {
  const { code, coupon, node, codes, coupons } = await gateway.run(READ, { id });
  const ofNode = node && 'metadata' in node ? node.metadata : undefined;
  return kind === 'PromoCode'
    ? [code?.metadata, ofNode, codes?.nodes[0]?.metadata]
    : [coupon?.metadata, ofNode, coupons?.nodes[0]?.metadata];
}

const OWNERS: [Kind, provider: string][] = [
  ['PromoCode', 'DURO'],
  ['PromoCode', 'FLEXPRICE'],
  ['PromoCode', 'STRIPE_CONNECT'],
  ['Coupon', 'FLEXPRICE'],
  ['Coupon', 'STRIPE_CONNECT'],
];

const key = fc.oneof(fc.constantFrom(...INHERITED), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }));
const text = fc.oneof(fc.constant(''), fc.string({ maxLength: 12 }), fc.constantFrom(...INHERITED));
const anyMetadata = fc
  .array(fc.tuple(key, text), { minLength: 1, maxLength: 10 })
  .map((entries) => Object.fromEntries(entries));
const all = Object.fromEntries(INHERITED.map((name) => [name, name]));

describe.each(OWNERS)('metadata of a %s at %s', (kind, provider) => {
  it('can have any keys, which are exact when it is created, read, listed and replayed', async () => {
    const check = async (metadata: object) => {
      const sent = entriesOf(metadata);
      // The newest is the first of a list.
      gateway.advance(1000);
      const input = inputOf(kind, provider, metadata);
      const first = await create(kind, input);
      expect(first).toMatchObject({ replayed: false });
      const again = await create(kind, input);
      expect(again).toMatchObject({ replayed: true, shown: { id: first.shown.id } });
      const shown = [first.shown.metadata, again.shown.metadata, ...(await readings(kind, first.shown.id))];
      for (const one of shown) expect(entriesOf(one)).toEqual(sent);
    };
    await fc.assert(fc.asyncProperty(anyMetadata, check), { numRuns: 10, examples: [[all]] });
  });

  it('can have any keys in a literal, and another value is another input', async () => {
    const literal = (value: string) => `{ ${INHERITED.map((name) => `${name}: "${value}"`).join(' ')} }`;
    const { metadata: _, ...input } = inputOf(kind, provider, {});
    const fields = `provider: ${provider}, discount: { percentage: "10" }, idempotencyKey: "${input.idempotencyKey}"`;
    const name = kind === 'Coupon' ? ', name: "Ten"' : '';
    const document = (value: string) => `mutation {
      result: create${kind}(input: { ${fields}${name}, metadata: ${literal(value)} }) {
        ... on Create${kind}Payload { shown: ${SHOWN_AS[kind]} { metadata } } ... on PromotionError { message }
      }
    }`;
    const { result } = await gateway.run(document('v'));
    expect(entriesOf(result.shown.metadata)).toEqual(entriesOf(Object.fromEntries(INHERITED.map((one) => [one, 'v']))));
    expect((await gateway.run(document('w'))).result.message).toMatch(/key/);
  });
});

it.each(['FLEXPRICE', 'STRIPE_CONNECT'])('an update at %s replaces metadata with any keys', async (provider) => {
  const { id } = await shop.createCoupon({ provider });
  const input = { id, metadata: all, idempotencyKey: shop.newKey() };
  for (const replayed of [false, true]) {
    const updated = payloadOf(await shop.tryUpdateCoupon(input));
    expect(updated.replayed).toBe(replayed);
    for (const one of [updated.coupon.metadata, ...(await readings('Coupon', id)).slice(0, 2)]) {
      expect(entriesOf(one)).toEqual(entriesOf(all));
    }
  }
});

it.each([
  ['half a surrogate pair in a key', { '\ud800': 'v', '\ud801': 'w' }],
  ['half a surrogate pair in a value', { key: 'v\udc00' }],
  ['a NUL in a key', { 'key\0': 'v' }],
  ['a NUL in a value', { key: '\0' }],
])('metadata that a provider would alter is refused: %s', async (_, metadata) => {
  const calls = gateway.callsToProviders();
  const { id } = await shop.createCoupon({ provider: 'FLEXPRICE' });
  const message = 'must be well-formed Unicode without U+0000, as a key and as a value';
  const issue = { path: ['input', 'metadata', Object.keys(metadata)[0]?.toWellFormed()], message };
  const refused = await shop.tryCreatePromoCode(inputOf('PromoCode', 'FLEXPRICE', metadata));
  const updated = await shop.tryUpdateCoupon({ id, metadata });
  expect(refused.issues?.[0]).toEqual(issue);
  expect(updated.issues?.[0]).toEqual(issue);
  expect(gateway.callsToProviders()).toBe(calls + 1);
});

it.each([
  ['half a surrogate pair', '\ud800', 'must be well-formed Unicode'],
  ['a NUL', 'key\0', 'must not contain U+0000'],
])('an idempotency key that not every store can keep is refused: %s', async (_, idempotencyKey, message) => {
  const refused = await shop.tryCreatePromoCode({ ...inputOf('PromoCode', 'FLEXPRICE', {}), idempotencyKey });
  expect(refused.issues).toEqual([{ path: ['input', 'idempotencyKey'], message }]);
});
