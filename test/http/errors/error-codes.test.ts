import { beforeEach, describe, expect, it } from 'vitest';
import { PROVIDERS } from '../../../src/domain/promotion/promotion.ts';
import { sharedGateway } from '../../support/gateways.ts';
import type { Json } from '../../support/start-gateway.ts';

const gateway = await sharedGateway();
beforeEach(() => {
  gateway.logged.splice(0);
});

interface Sent {
  query: string;
  variables?: object;
  operationName?: string;
}

async function answerTo(sent: Sent, accept = 'application/graphql-response+json') {
  const headers = { 'content-type': 'application/json', accept };
  const answer = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify(sent) });
  return { status: answer.status, text: await answer.text() };
}

/** The codes of the errors of an answer; null for an error without one. */
function codesIn(text: string): (string | null)[] {
  const { errors }: Json = JSON.parse(text);
  return errors.map((error: Json) => error.extensions?.code ?? null);
}

const LIST = 'query ($size: Int!) { promoCodes(first: $size) { totalCount } }';
const CREATE = 'mutation ($input: CreatePromoCodeInput!) { createPromoCode(input: $input) { __typename } }';
const MANY = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
const TWO = 'query One { __typename } query Two { __typename }';
const LONG = 'x'.repeat(20_000);

describe('a request that is not executed is answered with 400 and the code', () => {
  it.each<[string, Sent, string]>([
    ['a variable of the wrong type', { query: LIST, variables: { size: 'many' } }, 'BAD_USER_INPUT'],
    ['a required variable that is missing', { query: LIST }, 'BAD_USER_INPUT'],
    ['a required variable that is null', { query: LIST, variables: { size: null } }, 'BAD_USER_INPUT'],
    ['an unknown value of an enum', { query: CREATE, variables: { input: { provider: 'X' } } }, 'BAD_USER_INPUT'],
    ['an unknown field', { query: CREATE, variables: { input: { provider: 'DURO', x: 1 } } }, 'BAD_USER_INPUT'],
    [
      'none of the fields of which one is required',
      { query: CREATE, variables: { input: { provider: 'DURO', discount: {} } } },
      'BAD_USER_INPUT',
    ],
    ['a text instead of an object', { query: CREATE, variables: { input: 'x' } }, 'BAD_USER_INPUT'],
    ['wrong input in a large request', { query: CREATE, variables: { input: { code: LONG, x: 1 } } }, 'BAD_USER_INPUT'],
    [
      'more wrong values than are reported',
      { query: MANY, variables: { ids: Array.from({ length: 60 }, () => true) } },
      'BAD_USER_INPUT',
    ],
    ['an unknown name of an operation', { query: TWO, operationName: 'Three' }, 'OPERATION_RESOLUTION_FAILURE'],
    ['several operations and no name', { query: TWO }, 'OPERATION_RESOLUTION_FAILURE'],
    ['no operation', { query: 'fragment Of on Query { __typename }' }, 'OPERATION_RESOLUTION_FAILURE'],
  ])('%s', async (_, sent, code) => {
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const { status, text } = await answerTo(sent, accept);
      expect({ status, codes: [...new Set(codesIn(text))] }).toEqual({ status: 400, codes: [code] });
      expect(Object.keys(JSON.parse(text))).toEqual(['errors']);
    }
  });
});

it('an argument that is null by its variable is an error with a code in its own field', async () => {
  const query = 'query ($id: ID = "x") { promoCode(id: $id) { id } providers { provider } }';
  const { text } = await answerTo({ query, variables: { id: null } });
  expect(JSON.parse(text)).toMatchObject({
    data: { promoCode: null, providers: PROVIDERS.map(() => ({})) },
    errors: [{ path: ['promoCode'], extensions: { code: 'BAD_USER_INPUT' } }],
  });
});

it('the log shows the code of a wrong variable as the outcome', async () => {
  await answerTo({ query: LIST });
  await answerTo({ query: CREATE, variables: { input: { code: LONG, x: 1 } } });
  const outcomes = gateway.logged.flatMap((line) => (Array.isArray(line) ? [line[2]?.outcome] : []));
  expect(outcomes).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT']);
});

describe('a subscription that does not begin has an error with the code BAD_USER_INPUT for', () => {
  const fields = 'promoCodeChanged(id: $id) { id }';
  it.each<[string, Sent, RegExp]>([
    ['a required variable that is missing', { query: `subscription ($id: ID!) { ${fields} }` }, /was not provided/],
    [
      'a variable with the name of an inherited property',
      { query: 'subscription ($toString: ID = "x") { promoCodeChanged(id: $toString) { id } }' },
      /cannot have the name \$toString/,
    ],
    [
      'a variable of the wrong type in a large request',
      { query: `subscription ($id: ID!) { ${fields} }`, variables: { id: [LONG] } },
      /got invalid value/,
    ],
  ])('%s', async (_, sent, message) => {
    const { text } = await answerTo(sent, 'text/event-stream');
    const [, event = ''] = /^data: (.+)$/m.exec(text) ?? [];
    expect(JSON.parse(event)).toMatchObject({
      errors: [{ message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });
});
