import { createClient } from 'graphql-sse';
import { generateKeyPair, type JWTPayload } from 'jose';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { untilListeners } from '../http/subscriptions/subscriber.ts';
import { makeKeys } from '../support/credentials/keys.ts';
import { startIssuer } from '../support/credentials/token-issuer.ts';
import { type Json, type RunningGateway, startGateway } from '../support/start-gateway.ts';

const issuer = await startIssuer();
const other = await generateKeyPair('ES256');
const keys = makeKeys({ reader: 'read' });

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await start();
});
beforeEach(() => issuer.publish());
afterAll(async () => {
  await gateway.stop();
  issuer.stop();
});

const start = () => startGateway({ settings: { ...keys.settings, ...issuer.settings } });

const inSeconds = (seconds: number) => Math.floor(gateway.now() / 1000) + seconds;
const claims = (more: JWTPayload = {}): JWTPayload => ({
  sub: 'shop',
  exp: inSeconds(60),
  scope: 'openid read quote',
  ...more,
});
const signed = issuer.sign;

async function ask(token: string, query = '{ promoCodes { totalCount } }') {
  const answer = await fetch(gateway.url, {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json',
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ query }),
  });
  const { data, errors }: Json = JSON.parse(await answer.text());
  return {
    status: answer.status,
    data,
    code: errors?.[0].extensions.code,
    retryAfter: answer.headers.get('retry-after'),
  };
}

it('a token grants the scopes of its claims', async () => {
  const token = await signed(claims());
  expect(await ask(token)).toMatchObject({ status: 200, data: { promoCodes: { totalCount: 0 } } });
  expect(await ask(token, 'mutation { archiveCoupon(input: { id: "x" }) { __typename } }')).toMatchObject({
    status: 403,
    code: 'FORBIDDEN',
  });
  expect(await ask(await signed(claims({ scope: undefined })))).toMatchObject({ status: 403 });
});

const publicKey = new TextEncoder().encode(issuer.publicKey);
const refused: [string, () => Promise<string> | string][] = [
  ['expired for longer than the clock tolerance', () => signed(claims({ exp: inSeconds(-10) }))],
  ['not yet valid', () => signed(claims({ nbf: inSeconds(60) }))],
  ['not yet valid for longer than the clock tolerance', () => signed(claims({ nbf: inSeconds(11) }))],
  ['of another issuer', () => signed(claims({ iss: 'https://elsewhere.example' }))],
  ['for another audience', () => signed(claims({ aud: 'another-service' }))],
  ['for no audience', () => signed(claims({ aud: undefined }))],
  ['without an expiry', () => signed(claims({ exp: undefined }))],
  ['with a subject that is too long', () => signed(claims({ sub: 'x'.repeat(256) }))],
  ['with a subject that is not well-formed Unicode', () => signed(claims({ sub: '\ud800' }))],
  ['with a subject that contains U+0000', () => signed(claims({ sub: 'shop\0' }))],
  ['without a subject', () => signed(claims({ sub: undefined }))],
  [
    'bound to more accounts than a filter may name',
    () => signed(claims({ promotion_accounts: Array(31).fill('DURO') })),
  ],
  ['bound to something that is no account', () => signed(claims({ promotion_accounts: ['DURA'] }))],
  ['signed with another key', () => signed(claims(), {}, other.privateKey)],
  ['signed with a key that is not published', () => signed(claims(), { kid: 'two' }, other.privateKey)],
  ['signed with the public key as a secret', () => signed(claims(), { alg: 'HS256' }, publicKey)],
  ['not signed', () => `${encode({ alg: 'none', kid: 'one' })}.${encode(claims())}.`],
  ['changed since it was signed', async () => replaced(await signed(claims()), claims({ scope: 'manage' }))],
  ['no token at all', () => 'a.b.c'],
  ...['logout+jwt', 'dpop+jwt', 'secevent+jwt', 'application/jwt', '', 7, null].map(
    (typ): [string, () => Promise<string>] => [`of the type ${typ}`, () => signed(claims(), { typ })],
  ),
  ...['', '  ', 'cus\u0000', 'x'.repeat(256), '\ud800', 7, null, ['cus_1']].map(
    (customer): [string, () => Promise<string>] => [
      `bound to a customer ${JSON.stringify(customer).slice(0, 20)}`,
      () => signed(claims({ promotion_customer: customer })),
    ],
  ),
];

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function replaced(token: string, payload: JWTPayload): string {
  const [header, , signature] = token.split('.');
  return [header, encode(payload), signature].join('.');
}

it.each(refused)('a token is rejected if it is %s', async (_, make) => {
  expect(await ask(await make())).toMatchObject({ status: 401, code: 'UNAUTHENTICATED', data: undefined });
});

it.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'JWT', 'jwt', undefined])(
  'a token is accepted with the type %s',
  async (typ) => {
    expect(await ask(await signed(claims(), { typ }))).toMatchObject({ status: 200 });
  },
);

it.each<[string, () => JWTPayload]>([
  ['ahead', () => ({ iat: inSeconds(10), nbf: inSeconds(10), exp: inSeconds(70) })],
  ['behind', () => ({ iat: inSeconds(-69), nbf: inSeconds(-69), exp: inSeconds(-9) })],
])('is good when the clock of its issuer is a few seconds %s', async (_, times) => {
  expect(await ask(await signed(claims(times())))).toMatchObject({ status: 200 });
});

it('a token may be bound to accounts, and its subject names the caller', async () => {
  const bound = await signed(claims({ promotion_accounts: ['DURO'], scope: 'read manage' }));
  expect(await ask(bound, '{ providers { provider } }')).toMatchObject({ data: { providers: [{ provider: 'DURO' }] } });
  const callers = gateway.logged.flatMap((line) => (Array.isArray(line) ? [line[2]?.caller] : []));
  expect(callers).toContain('token:shop');
});

it('tokens work together with API keys', async () => {
  const { authorization } = keys.of('reader');
  expect(await ask(authorization.slice('Bearer '.length))).toMatchObject({ status: 200 });
});

it.each([
  ['is down', { status: 500, body: '' }],
  ['answers something else', { status: 200, body: '<html>' }],
  ['has no keys', { status: 200, body: '{}' }],
])('an issuer that %s is our trouble and not the caller’s', async (_, answer) => {
  const whole = gateway;
  gateway = await start();
  issuer.publish(answer);
  try {
    const token = await signed(claims());
    expect(await ask(token)).toMatchObject({ status: 503, code: 'UNAVAILABLE', retryAfter: '5' });
    issuer.publish();
    expect(await ask(token)).toMatchObject({ status: 200 });
  } finally {
    await gateway.stop();
    gateway = whole;
  }
});

it('a request asks an issuer that is down once', async () => {
  const whole = gateway;
  gateway = await start();
  issuer.publish({ status: 500, body: '' });
  const before = issuer.reads();
  try {
    expect(await ask(await signed(claims()))).toMatchObject({ status: 503 });
    expect(issuer.reads() - before).toBe(1);
  } finally {
    await gateway.stop();
    gateway = whole;
  }
});

it('subscriptions end when their token expires', async () => {
  const create = (code: string) =>
    `mutation { createPromoCode(input: { provider: DURO, code: "${code}", discount: { percentage: "10" } }) { __typename } }`;
  const use = (code: string) =>
    `mutation { redeemPromoCode(input: { code: "${code}", idempotencyKey: "${code}" }) { __typename } }`;
  const desk = await signed(claims({ scope: 'manage redeem', exp: inSeconds(3600) }));
  for (const code of ['HEARD', 'HEARD-TOO', 'UNHEARD']) await ask(desk, create(code));
  const token = await signed(claims({ scope: 'read' }));
  const connected = Promise.withResolvers<void>();
  const client = createClient({
    url: gateway.url,
    headers: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
    on: { connected: () => connected.resolve() },
  });
  const query = 'subscription { redemptionChanged { promotion { ... on PromoCode { code } } } }';
  const events = client.iterate<Json>({ query });
  const first = events.next();
  await connected.promise;
  await ask(desk, use('HEARD'));
  expect((await first).value.data.redemptionChanged.promotion.code).toBe('HEARD');
  // A subscription lasts as long as requests with its token are accepted.
  gateway.advance(65_000);
  expect(await ask(token)).toMatchObject({ status: 200 });
  const second = events.next();
  await ask(desk, use('HEARD-TOO'));
  expect((await second).value.data.redemptionChanged.promotion.code).toBe('HEARD-TOO');
  gateway.advance(5000);
  expect(await ask(token)).toMatchObject({ status: 401 });
  const next = events.next();
  await ask(desk, use('UNHEARD'));
  expect(await next).toMatchObject({ done: true });
  const operator = await signed(claims({ scope: 'operate', exp: inSeconds(60) }));
  await untilListeners(gateway.url, 0, { authorization: `Bearer ${operator}` });
  client.dispose();
});
