import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { operationCost } from '../../../src/graphql/cost/operation-cost.ts';
import { publishedCosts } from '../../../src/graphql/cost/published-costs.ts';
import { schema } from '../../../src/graphql/schema.ts';
import type { Json } from '../../support/start-gateway.ts';

describe('the cost of an operation', () => {
  const costs = publishedCosts(schema);
  const costOf = (query: string, variables: Json = {}) => {
    const { definitions } = parse(query);
    const operation = definitions.find((one) => one.kind === 'OperationDefinition');
    if (!operation) throw new Error('No operation');
    const fragments = new Map(
      definitions.flatMap((one) => (one.kind === 'FragmentDefinition' ? [[one.name.value, one]] : [])),
    );
    return operationCost(schema, costs, { operation, fragments, variables }, 1_000_000).cost;
  };

  it.each([
    ['{ __typename }', {}, 0],
    ['{ promoCode(id: "") { id code } }', {}, 5],
    ['{ a: promoCode(id: "") { id } b: promoCode(id: "") { id } }', {}, 10],
    ['{ promoCode(id: "") { freshness { asOf } coupon { id } } }', {}, 7],
    ['{ promoCodes { nodes { id } } }', {}, 51],
    ['{ quotePromoCode(input: {}) { ... on PromoCodeQuote { refusal { candidates { coupon { id } } } } } }', {}, 26],
    ['{ promoCodes(first: 10) { nodes { id } totalCount pageInfo { endCursor } } }', {}, 52],
    ['{ promoCodes(first: 0) { totalCount totalCountPrecision } }', {}, 81],
    ['{ promoCodes(last: 3) { edges { node { id } } } }', {}, 7],
    ['query ($n: Int) { promoCodes(first: $n) { nodes { id } } }', { n: 7 }, 8],
    ['query ($n: Int) { promoCodes(first: $n) { nodes { id } } }', {}, 51],
    ['query ($n: Int = 90) { promoCodes(first: $n) { nodes { id } } }', {}, 91],
    ['query ($n: Int = 90) { promoCodes(first: $n) { nodes { id } } }', { n: 3 }, 4],
    ['query ($n: [ID!]! = ["a", "b"]) { nodes(ids: $n) { id } }', {}, 10],
    ['{ promoCodes(first: 10) { nodes { redemptions(first: 10) { nodes { id } } } } }', {}, 121],
    [
      '{ promoCodes(first: 10) { ...P } } fragment P on PromoCodeConnection { nodes { ... on PromoCode { coupon { id } } } }',
      {},
      21,
    ],
    ['{ nodes(ids: ["a", "b", "c"]) { ... on PromoCode { coupon { id } } } }', {}, 18],
    ['{ __schema { queryType { name } } __type(name: "RedemptionStatus") { enumValues { name } } }', {}, 28],
    ['query ($n: String!) { __type(name: $n) { ...T } } fragment T on __Type { kind name }', { n: 'Query' }, 4],
    ['{ __type(name: "Nothing") { fields { name } } }', {}, 0],
    ['query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }', { r: [{}, {}, {}] }, 15],
    ['{ promoCodes(first: 10) { nodes { metadata } } }', {}, 211],
    ['{ nodes(ids: ["a", "b"]) { ... on Redeemable { metadata } } }', {}, 50],
    ['mutation { createPromoCode(input: {}) { ... on CreatePromoCodePayload { promoCode { id } } } }', {}, 11],
  ])('%s %j: %i', (query, variables, cost) => {
    expect(costOf(query, variables)).toBe(cost);
  });
});
