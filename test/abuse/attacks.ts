import fc from 'fast-check';
import { getIntrospectionQuery } from 'graphql';
import { schema } from '../../src/graphql/schema.ts';
import { operationsOf } from '../http/operation-arbitrary.ts';
import type { CallerName, Target } from './target.ts';

/** A way in which one caller can harm others. */
export interface Attack {
  title: string;
  /** Makes what every strike needs, before the first one. It may take seconds, in which no other client of this process runs. */
  prepare?(target: Target): void;
  /** Attacks once. The answer does not matter: the gateway must continue to serve others. */
  strike(target: Target, index: number): Promise<unknown>;
}

/** Headers that make the gateway wait for a body that never arrives. */
const UNFINISHED = ['content-length: 200000', 'transfer-encoding: chunked'];
const MARKS = '\u0301\u0327';

const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');
const operation = (query: string, variables: object = {}) => JSON.stringify({ query, variables });

/** An operation as a raw HTTP request, for connections whose answer is not read. */
function rawRequest({ header }: Target, caller: CallerName, body: string, accept = 'application/json'): string {
  const { authorization } = header(caller);
  return `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: ${authorization}\r\naccept: ${accept}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Texts just below, at and above every limit. */
const EDGES = [1, 39, 40, 41, 64, 65, 100, 254, 255, 256, 499, 500, 501, 999, 1000, 1001, 5000].flatMap((length) => [
  'x'.repeat(length),
  `x${MARKS.repeat(length)}`.slice(0, length),
  '\u200b'.repeat(length),
  '\u{1d11e}'.repeat(length),
]);

/** Operations of the whole schema with texts at the edge of every limit. */
function edgeOperations(target: Target): readonly string[] {
  const pool = { ids: Object.values(target.ids), texts: EDGES };
  const generated = fc.sample(operationsOf(schema, pool), { numRuns: 500, seed: 1 });
  return generated.map((one) => JSON.stringify(one));
}
const generated = new WeakMap<Target, readonly string[]>();

function edgeOperation(target: Target, index: number): string {
  const operations = generated.get(target) ?? [];
  return operations[index % operations.length] ?? '';
}

/** The callers that attack in turn, one of each kind. */
const ATTACKERS: readonly CallerName[] = ['reader', 'quoter', 'redeemer', 'manager'];
const attacker = (index: number) => ATTACKERS[index % ATTACKERS.length] ?? 'reader';

export const ATTACKS: readonly Attack[] = [
  {
    title: 'operations at the edge of every limit',
    prepare: (target) => void generated.set(target, edgeOperations(target)),
    strike: (target, index) => target.ask(attacker(index), edgeOperation(target, index)),
  },
  {
    title: 'codes of 80 KB of combining marks',
    strike: (target, index) =>
      target.ask(
        index % 2 === 0 ? 'quoter' : 'reader',
        index % 2 === 0
          ? operation('query ($code: String!) { quotePromoCode(input: { code: $code }) { __typename } }', {
              code: `x${MARKS.repeat(20_000)}`,
            })
          : operation('query ($code: String!) { promoCodeByCode(code: $code) { id } }', {
              code: `x${MARKS.repeat(20_000)}`,
            }),
      ),
  },
  {
    title: 'documents of comments, each different',
    strike: (target, index) =>
      target.ask('quoter', operation(`{ __typename } # ${index} ${'x'.repeat(index % 2 === 0 ? 40_000 : 600_000)}`)),
  },
  {
    title: 'filters of every length',
    strike: (target, index) =>
      target.ask(
        'reader',
        operation('query ($filter: PromoCodeFilter) { promoCodes(filter: $filter, first: 1) { nodes { id } } }', {
          filter: {
            account: Array.from({ length: 1 + (index % 40) }, (_, number) => `acct_${index % 7}_${number}`),
            status: ['ACTIVE', 'SCHEDULED', 'EXPIRED', 'EXHAUSTED', 'INACTIVE'].slice(0, 1 + (index % 5)),
          },
        }),
      ),
  },
  {
    title: 'metadata at its limits, made and listed',
    strike: (target, index) => {
      const metadata = Object.fromEntries(
        Array.from({ length: 50 }, (_, key) => [`${key}-`.padEnd(40, 'k'), 'v'.repeat(500)]),
      );
      return target.ask(
        'manager',
        index % 10 === 0
          ? operation(
              `mutation ($metadata: JSONObject) { createCoupon(input: { provider: FLEXPRICE, name: "Large ${index}",
                discount: { percentage: "10" }, metadata: $metadata, allowGatewayRules: true }) { __typename } }`,
              { metadata },
            )
          : operation(`{ ${times(50, (alias) => `a${alias}: coupons(first: 100) { nodes { metadata } }`)} }`),
      );
    },
  },
  {
    title: 'fifty counts in one operation',
    strike: (target) =>
      target.ask('reader', operation(`{ ${times(50, (alias) => `a${alias}: promoCodes { totalCount }`)} }`)),
  },
  {
    title: 'introspection',
    strike: (target) => target.ask('quoter', operation(getIntrospectionQuery())),
  },
  {
    title: 'unread subscriptions, some of them expensive',
    strike: (target, index) => {
      const query =
        index % 2 === 0
          ? 'subscription { redemptionChanged { id } }'
          : `subscription { redemptionChanged { id promotion { ... on PromoCode { redemptions(first: ${1 + (index % 50)}) { nodes { id } } } } } }`;
      return target.open(rawRequest(target, 'reader', operation(query), 'text/event-stream'));
    },
  },
  {
    title: 'bodies that never end',
    strike: (target, index) => {
      const announced = UNFINISHED[index % UNFINISHED.length] ?? '';
      const begun = announced.startsWith('transfer') ? '1000\r\n{"query":' : `{"query":"${'x'.repeat(60_000)}`;
      const { authorization } = target.header('quoter');
      const path = index % 3 === 0 ? '/webhooks/duro' : '/graphql';
      return target.open(
        `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\n${announced}\r\n\r\n${begun}`,
      );
    },
  },
  {
    title: 'unread answers',
    strike: (target) => target.open(rawRequest(target, 'quoter', operation(getIntrospectionQuery())).repeat(20)),
  },
  {
    title: 'probes',
    strike: (target, index) => target.request(index % 2 === 0 ? '/ready' : '/health'),
  },
  {
    title: 'ids that nothing has',
    strike: (target, index) =>
      target.ask(
        'reader',
        operation('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
          ids: Array.from({ length: 100 }, (_, number) => `${target.ids.coupon}${index}${number}`),
        }),
      ),
  },
  {
    title: 'guessed codes of invented customers',
    strike: (target, index) =>
      target.ask(
        'quoter',
        operation(
          `{ ${times(
            50,
            (alias) =>
              `a${alias}: quotePromoCode(input: { code: "GUESS-${index}-${alias}", customerId: "cus_${index}_${alias}" }) { __typename }`,
          )} }`,
        ),
      ),
  },
  {
    title: 'holds for a week',
    strike: (target, index) =>
      target.ask(
        'redeemer',
        operation(
          `mutation { ${times(
            20,
            (alias) =>
              `a${alias}: holdPromoCode(input: { code: "HONEST", customerId: "cus_held", holdSeconds: 604800, order: { id: "o-${index}-${alias}" },
                idempotencyKey: "held-${index}-${alias}" }) { __typename }`,
          )} }`,
        ),
      ),
  },
  {
    title: 'malformed targets and hosts',
    strike: (target, index) => {
      const targets = ['/.\\graphql', '/health?x=/graphql', '//', '/%', `/${'a'.repeat(8000)}`, 'http://[', '*'];
      const path = targets[index % targets.length] ?? '/';
      return target.open(`POST ${path} HTTP/1.1\r\nhost: ${index % 2 === 0 ? '[' : 'x'}\r\ncontent-length: 0\r\n\r\n`);
    },
  },
];
