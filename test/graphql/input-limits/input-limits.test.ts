import SchemaBuilder from '@pothos/core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { INPUT_LIMITS } from '../../../src/graphql/input-limits/plugin.ts';
import { sharedGateway } from '../../support/gateways.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';
import { type SizedCall, sizedCalls } from './oversized.ts';

const gateway = await sharedGateway();
/** The id of the object whose fields are read, by type. */
const ids = { PromoCode: '', Coupon: '' };
beforeAll(async () => {
  const shop = openShop(gateway);
  ids.Coupon = (await shop.createCoupon()).id;
  ids.PromoCode = (await shop.createPromoCode({ provider: 'STRIPE_CONNECT', couponId: ids.Coupon })).id;
});

/** The issues in an answer, from the field's result or from the errors. */
async function issuesOf({ on, field, definitions, text, variables }: SizedCall): Promise<Json[]> {
  const isRoot = ['Query', 'Mutation', 'Subscription'].includes(on);
  const operation = isRoot ? on.toLowerCase() : 'query';
  const id = on === 'Coupon' ? ids.Coupon : ids.PromoCode;
  const body = isRoot ? text : `node(id: "${id}") { ... on ${on} { ${text} } }`;
  const { data, errors } = await gateway.send(`${operation} ${definitions} { ${body} }`, variables);
  const inErrors = (errors ?? []).flatMap(({ extensions }: Json) => extensions?.issues ?? []);
  return [...inErrors, ...(data?.[field]?.issues ?? [])];
}

const nameOf = ({ on, field, path }: SizedCall) => `${on}.${field}(${path.join('.')})`;
const isAboutSize = ({ message }: Json) => /^(must have at most|is a key that)/.test(message);

describe('every text, list and object of the schema', () => {
  it('is refused above the maximum that its description states, by its path, before any work', async () => {
    const normalize = vi.spyOn(String.prototype, 'normalize');
    const calls = gateway.callsToProviders();
    for (const call of sizedCalls(1)) {
      const [issue] = await issuesOf(call);
      expect({ call: nameOf(call), path: issue?.path, isAboutSize: issue && isAboutSize(issue) }).toEqual({
        call: nameOf(call),
        path: call.path,
        isAboutSize: true,
      });
    }
    expect(gateway.callsToProviders()).toBe(calls);
    expect(normalize).not.toHaveBeenCalled();
    normalize.mockRestore();
    expect(sizedCalls(1).length).toBeGreaterThan(100);
  });

  it('is not too large at the maximum', async () => {
    for (const call of sizedCalls(0).filter(({ on }) => on !== 'Subscription')) {
      const tooLarge = (await issuesOf(call)).filter(isAboutSize);
      // A code may have fewer characters than a typed text, so it has its own message.
      const others = tooLarge.filter(({ message }) => message !== 'must have at most 500 characters');
      expect([nameOf(call), ...others]).toEqual([nameOf(call)]);
    }
  });
});

it.each([
  ['quotePromoCode', 'query ($code: String!) { quotePromoCode(input: { code: $code }) { ...Issues } }'],
  ['promoCodeByCode', 'query ($code: String!) { promoCodeByCode(code: $code) { id } }'],
  ['a filter', 'query ($code: String!) { promoCodes(filter: { codePrefix: $code }) { totalCount } }'],
  [
    'createPromoCode',
    `mutation ($code: String!) {
      createPromoCode(input: { provider: DURO, discount: { percentage: "10" }, code: $code }) { ...Issues }
    }`,
  ],
])('80 KB of combining marks as a code of %s are not normalized', async (_, operation) => {
  const fragment = operation.includes('...Issues')
    ? 'fragment Issues on PromotionInputError { issues { path message } }'
    : '';
  const normalize = vi.spyOn(String.prototype, 'normalize');
  const { data, errors } = await gateway.send(`${operation} ${fragment}`, { code: '\u0301\u0316'.repeat(20_000) });
  expect(normalize).not.toHaveBeenCalled();
  normalize.mockRestore();
  expect(JSON.stringify({ data, errors })).toContain('must have at most 1000 characters');
});

it('a field whose type nothing limits fails the build of the schema', () => {
  const build = (limit: { maxLength?: number }) => {
    const builder = new SchemaBuilder<{ Scalars: { Html: { Input: string; Output: string } } }>({
      plugins: [INPUT_LIMITS],
      scopeAuth: { authScopes: () => ({}) },
    });
    builder.scalarType('Html', { serialize: (html) => html });
    builder.queryType({
      fields: (t) => ({
        page: t.string({ args: { html: t.arg({ type: 'Html', ...limit }) }, resolve: () => '' }),
      }),
    });
    return builder.toSchema();
  };
  expect(() => build({})).toThrow('The scalar Html needs a limit');
  expect(build({ maxLength: 9 }).getQueryType()?.getFields().page?.args[0]?.description).toBe('At most 9 characters.');
});
