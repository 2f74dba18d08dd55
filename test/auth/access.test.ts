import { execute, type GraphQLField, getNamedType, isInterfaceType, isLeafType, isObjectType, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { SCOPES, type Scope } from '../../src/auth/caller.ts';
import { createRequestContext } from '../../src/graphql/context.ts';
import { schema } from '../../src/graphql/schema.ts';
import { makeKeys } from '../support/credentials/keys.ts';
import { sharedGateway } from '../support/gateways.ts';
import { openShop } from '../support/shop.ts';
import type { Json } from '../support/start-gateway.ts';

/** The fields that each scope allows. The test fails for a root field of the schema that is missing here. */
const ALLOWED: Record<string, readonly string[]> = {
  read: [
    'promoCode',
    'promoCodeByCode',
    'promoCodeByProviderId',
    'promoCodes',
    'coupon',
    'couponByProviderId',
    'coupons',
    'redemption',
    'redemptions',
    'node',
    'nodes',
    'providers',
    'redemptionChanged',
    'promoCodeChanged',
    '_entities',
  ],
  quote: ['quotePromoCode', 'promoCodeChanged', '_entities'],
  redeem: ['redeemPromoCode', 'holdPromoCode', 'confirmRedemption', 'cancelRedemption', '_entities'],
  manage: [
    'createPromoCode',
    'updatePromoCode',
    'createCoupon',
    'updateCoupon',
    'archiveCoupon',
    'redeemCoupon',
    'providers',
  ],
  operate: ['providers', 'failedAttempts', 'refusals', 'forgetFailedAttempts'],
  customers: [],
};
/** Every caller with a key may read the schema. */
const FOR_ALL = ['_service'];

const keys = makeKeys({
  read: 'read',
  quote: 'quote',
  redeem: 'redeem',
  manage: 'manage',
  operate: 'operate',
  customers: 'customers',
  all: 'read+quote+redeem+manage+operate',
});
const gateway = await sharedGateway({ settings: keys.settings });

async function ask(body: Json, headers: Record<string, string> = {}) {
  const answer = await fetch(gateway.url, {
    method: 'POST',
    headers: { accept: 'application/graphql-response+json', 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return {
    status: answer.status,
    challenge: answer.headers.get('www-authenticate'),
    body: JSON.parse(await answer.text()),
  };
}

const roots = [
  ['query', schema.getQueryType()],
  ['mutation', schema.getMutationType()],
  ['subscription', schema.getSubscriptionType()],
] as const;
const rootFields = roots.flatMap(([kind, type]) =>
  Object.values(type?.getFields() ?? {}).map((field) => ({ kind, field, name: field.name })),
);

/** An operation that selects a field. Its arguments are variables without values, so nothing is done. */
function operationOf(kind: string, field: GraphQLField<unknown, unknown>): string {
  const args = field.args.filter(({ type }) => String(type).endsWith('!'));
  const variables = args.map(({ name, type }) => `$${name}: ${type}`).join(', ');
  const given = args.map(({ name }) => `${name}: $${name}`).join(', ');
  const selection = isLeafType(getNamedType(field.type)) ? '' : '{ __typename }';
  return `${kind} Ask${variables && `(${variables})`} { ${field.name}${given && `(${given})`} ${selection} }`;
}

describe('access rules', () => {
  it('every root field of the schema has a rule', () => {
    const known = [...new Set([...Object.values(ALLOWED).flat(), ...FOR_ALL])].sort();
    expect(rootFields.map(({ name }) => name).sort()).toEqual(known);
  });

  it.each(rootFields)('$kind $name is allowed with its scopes and no others', async ({ kind, field, name }) => {
    for (const scope of SCOPES) {
      // A subscription without required arguments would begin and never end.
      if (
        kind === 'subscription' &&
        ALLOWED[scope]?.includes(name) &&
        !field.args.some(({ type }) => String(type).endsWith('!'))
      )
        continue;
      const { status, body } = await ask({ query: operationOf(kind, field) }, keys.of(scope));
      const isAllowed = Boolean(ALLOWED[scope]?.includes(name)) || FOR_ALL.includes(name);
      expect([scope, body.errors?.[0].extensions?.code === 'FORBIDDEN']).toEqual([scope, !isAllowed]);
      if (!isAllowed) expect([status, body.data]).toEqual([403, undefined]);
    }
  });

  it.each(rootFields.filter(({ name }) => !name.startsWith('_')))(
    '$kind $name is also enforced by the schema',
    ({ field, name }) => {
      const scopes = SCOPES.filter((scope) => ALLOWED[scope]?.includes(name));
      expect(field.extensions.pothosOptions).toMatchObject({ authScopes: { anyOf: scopes } });
    },
  );

  it('every list below a root field needs the scope read', () => {
    const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) || isInterfaceType(type));
    const lists = types
      .filter((type) => !roots.some(([, root]) => root === type))
      .flatMap((type) =>
        Object.values(type.getFields()).map((field) => ({ name: `${type.name}.${field.name}`, field })),
      )
      .filter(({ field }) => getNamedType(field.type).name.endsWith('Connection'));
    expect(lists.map(({ name }) => name)).toContain('Coupon.promoCodes');
    for (const { name, field } of lists) {
      expect([name, field.extensions.pothosOptions]).toMatchObject([name, { authScopes: { anyOf: ['read'] } }]);
    }
  });

  it.each(['Redeemable', 'PromoCode', 'Coupon'])('the descriptions of the fields of %s name their scopes', (name) => {
    const type = schema.getType(name);
    const fields = isObjectType(type) || isInterfaceType(type) ? type.getFields() : {};
    expect(fields.metadata?.description).toMatch(/ Needs the scope `read` or `manage`\.$/);
    expect(fields.redemptions?.description).toMatch(/ Needs the scope `read`\.$/);
    for (const { description } of Object.values(fields)) expect(description).not.toMatch(/Needs the scope.*Needs the/);
  });

  it.each([
    ['a query', '{ providers { provider } }'],
    ['a mutation', 'mutation { archiveCoupon(input: { id: "x" }) { __typename } }'],
    ['bad input', 'mutation { redeemPromoCode(input: { code: "", idempotencyKey: "" }) { __typename } }'],
  ])('the schema itself also rejects: %s', async (_, query) => {
    const nobody = {
      name: 'nobody',
      scopes: new Set<Scope>(),
      accountScope: null,
      customer: null,
      isServer: true,
      until: null,
    };
    const contextValue = createRequestContext(gateway.gateway, nobody, { address: null });
    const { errors } = await execute({ schema, document: parse(query), contextValue });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
  });

  it('a forbidden field below a root field rejects the operation before any of it is executed', async () => {
    const created = await openShop(gateway, keys.of('manage')).createPromoCode({ code: 'BELOW' });
    expect(created.metadata).toBeNull();
    const redeem = (below: string) =>
      `mutation { redeemPromoCode(input: { code: "BELOW", idempotencyKey: "below" }) {
        ... on RedeemPayload { redemption { promotion { ${below} } } } } }`;
    const other = '... on PromoCode { coupon { promoCodes { nodes { code } } } }';
    for (const below of ['redemptions { totalCount }', '...History', 'metadata', other]) {
      const history = below === '...History' ? 'fragment History on PromoCode { redemptions { totalCount } }' : '';
      const refused = await ask({ query: `${redeem(below)} ${history}` }, keys.of('redeem'));
      expect([below, refused.status, refused.body.data]).toEqual([below, 403, undefined]);
    }
    expect((await gateway.run('{ redemptions { totalCount } }', {}, keys.of('read'))).redemptions?.totalCount).toBe(0);
    expect((await ask({ query: redeem('redeemedCount') }, keys.of('redeem'))).body.data.redeemPromoCode).toEqual({
      redemption: { promotion: { redeemedCount: 1 } },
    });
  });

  it('the error names each forbidden field once, and its challenge every scope', async () => {
    const query = '{ promoCode(id: "x") { metadata again: metadata history { at } } }';
    const { challenge, body } = await ask({ query }, keys.of('quote'));
    expect(challenge).toBe('Bearer error="insufficient_scope", scope="read manage operate"');
    expect(body.errors[0].message.split('; ')).toEqual([
      'Query.promoCode needs the scope read',
      'PromoCode.metadata needs the scope read or manage',
      'PromoCode.history needs the scope manage or operate',
    ]);
  });

  it('only the chosen operation of a document is checked', async () => {
    const query =
      'query Mine { quotePromoCode(input: { code: "X" }) { __typename } } query Other { promoCodes { totalCount } }';
    expect((await ask({ query, operationName: 'Mine' }, keys.of('quote'))).status).toBe(200);
    const refused = await ask({ query, operationName: 'Other' }, keys.of('quote'));
    expect(refused).toMatchObject({
      status: 403,
      challenge: 'Bearer error="insufficient_scope", scope="read"',
      body: { errors: [{ message: 'Query.promoCodes needs the scope read', extensions: { code: 'FORBIDDEN' } }] },
    });
  });
});

describe('a caller without valid credentials', () => {
  it.each([
    ['no key', {}],
    ['a key that nobody has', { authorization: 'Bearer promo_wrong' }],
    ['nothing after the scheme', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: keys.of('all').authorization.replace('Bearer', 'Basic') }],
    ['the hash of a key', { authorization: `Bearer ${keys.settings.API_KEYS.split(':')[2]?.slice(0, 64)}` }],
    ['a key with more after it', { authorization: `${keys.of('all').authorization}x` }],
  ])('gets 401: %s', async (_, headers) => {
    const before = gateway.callsToProviders();
    const answer = await ask({ query: 'mutation { archiveCoupon(input: { id: "x" }) { __typename } }' }, headers);
    expect(answer).toMatchObject({
      status: 401,
      challenge: expect.stringMatching(/^Bearer realm="promo-gateway"/),
      body: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    });
    expect(answer.body.data).toBeUndefined();
    expect(gateway.callsToProviders()).toBe(before);
  });

  it('gets 401 before its operation is parsed', async () => {
    expect((await ask({ query: '{ promoCoods }' })).status).toBe(401);
    expect((await ask('not even an operation')).status).toBe(401);
  });

  it('may see GraphiQL and the probes', async () => {
    const { origin } = new URL(gateway.url);
    const page = await fetch(gateway.url, { headers: { accept: 'text/html' } });
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('GraphiQL')]);
    for (const path of ['/health', '/ready']) expect((await fetch(origin + path)).ok).toBe(true);
  });
});

it('GET /metrics needs the scope operate', async () => {
  const status = async (headers: Record<string, string>) =>
    (await fetch(`${new URL(gateway.url).origin}/metrics`, { headers })).status;
  expect(await status({})).toBe(401);
  expect(await status(keys.of('read'))).toBe(403);
  expect(await status(keys.of('operate'))).toBe(200);
});

it('each caller has its own idempotency keys', async () => {
  await openShop(gateway, keys.of('manage')).createPromoCode({ code: 'MINE' });
  const redeem = (headers: Record<string, string>) =>
    openShop(gateway, headers).redeem({ code: 'MINE', idempotencyKey: 'the-same' });
  expect(await redeem(keys.of('redeem'))).toMatchObject({ replayed: false });
  expect(await redeem(keys.of('redeem'))).toMatchObject({ replayed: true });
  expect(await redeem(keys.of('all'))).toMatchObject({ replayed: false });
});
