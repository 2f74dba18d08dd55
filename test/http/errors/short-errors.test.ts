import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';

const gateway = await sharedGateway();

const LONG = 'A'.repeat(50_000);
const CREATE = 'mutation ($input: CreatePromoCodeInput!) { createPromoCode(input: $input) { __typename } }';
const unknownFields = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`field${index}`, 1]));

async function answerTo(body: string): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(gateway.url, { method: 'POST', headers, body })).text();
}

describe('an error response is short, however long the rejected input is:', () => {
  it.each([
    ['a value of an enum', { query: CREATE, variables: { input: { provider: LONG } } }],
    ['a value of another kind', { query: CREATE, variables: { input: LONG } }],
    ['a number', { query: CREATE, variables: { input: { provider: 'DURO', firstTransactionOnly: LONG } } }],
    ['a name of a field', { query: `{ ${LONG} }` }],
    ['a literal', { query: `{ promoCodes(orderBy: ${LONG}) { totalCount } }` }],
    ['a text that is no document', { query: `{ __typename } ${LONG}` }],
    ['a name of a parameter', { query: '{ __typename }', [LONG]: 1 }],
    [
      'an object with many fields that are unknown',
      { query: CREATE, variables: { input: { code: LONG, ...unknownFields } } },
    ],
  ])('%s', async (_, body) => {
    const answer = await answerTo(JSON.stringify(body));
    expect(JSON.parse(answer).errors.length).toBeGreaterThan(0);
    expect(answer.length).toBeLessThan(10_000);
  });
});

it('an error response quotes little of a body that is not JSON', async () => {
  const answer = await answerTo(`{ "query": "${LONG}" `);
  expect(JSON.parse(answer).errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
  expect(answer.length).toBeLessThan(1000);
});

it('a parameter named `then` is rejected as unknown', async () => {
  const { errors } = JSON.parse(await answerTo('{ "query": "{ __typename }", "then": "x" }'));
  expect(errors).toMatchObject([{ message: expect.stringContaining('"then"'), extensions: { code: 'BAD_REQUEST' } }]);
  expect(gateway.logged.filter((line) => JSON.stringify(line).includes('bug'))).toEqual([]);
});

it('a variable that is nested deeper than the call stack is rejected without a crash', async () => {
  const query = `mutation ($deep: JSONObject) {
    updateCoupon(input: { id: "x", metadata: $deep }) { ... on PromotionInputError { issues { path message } } }
  }`;
  const deep = `{ "a": ${'['.repeat(20_000)}${']'.repeat(20_000)} }`;
  const answer = await answerTo(`{ "query": ${JSON.stringify(query)}, "variables": { "deep": ${deep} } }`);
  expect(JSON.parse(answer).data.updateCoupon.issues).toEqual([
    { path: ['input', 'metadata', 'a'], message: 'must be a string' },
  ]);
  expect(gateway.logged.filter((line) => JSON.stringify(line).includes('bug'))).toEqual([]);
});

it('a variable cannot have the name of an inherited property, which would bypass its type', async () => {
  const query = `mutation ($__proto__: JSONObject, $code: String) { createPromoCode(input: { provider: DURO, code: $code, metadata: $__proto__ }) { __typename } }`;
  const body = `{ "query": ${JSON.stringify(query)}, "variables": { "__proto__": { "code": { "a": 1 } } } }`;
  for (const name of ['__proto__', 'toString']) {
    expect(JSON.parse(await answerTo(body.replaceAll('__proto__', name))).errors).toMatchObject([
      { message: `A variable cannot have the name $${name}`, extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  }
  expect(gateway.logged.filter((line) => JSON.stringify(line).includes('bug'))).toEqual([]);
});
