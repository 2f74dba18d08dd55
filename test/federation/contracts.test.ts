import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildSchema, type GraphQLObjectType, type GraphQLSchema, isInputObjectType, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { subgraphText } from '../../src/graphql/schema.ts';
import { read } from '../docs/pages.ts';
import { makeKeys } from '../support/credentials/keys.ts';
import { startGateway } from '../support/start-gateway.ts';
import { blockWith, folderWith } from './page.ts';

/* The contracts that docs/federation.md shows, composed by its program. */

const run = promisify(execFile);
const folder = folderWith({
  'compose.mjs': blockWith('js', 'composeSchemaContract'),
  'orders.graphql': blockWith('graphqls', 'type Order'),
});
beforeAll(async () => {
  const keys = makeKeys({ ci: 'quote' });
  const gateway = await startGateway({ settings: keys.settings });
  const env = {
    PROMOS_URL: gateway.url,
    GATEWAY_KEY: keys.of('ci').authorization.replace('Bearer ', ''),
    ORDERS_URL: 'http://orders.example/graphql',
  };
  await run(process.execPath, ['compose.mjs'], { cwd: folder.path, env });
  await gateway.stop();
});
afterAll(() => folder[Symbol.dispose]());

/** Built by the graphql of the federation tests, like the contracts. */
const schema = buildSchema(subgraphText, { assumeValidSDL: true });

function contract(name: string): GraphQLSchema {
  return buildSchema(readFileSync(join(folder.path, `${name}.public.graphql`), 'utf8'));
}

function fieldsOf(type: GraphQLObjectType | null | undefined): string[] {
  return Object.keys(type?.getFields() ?? {});
}

/** The fields of the gateway that a contract leaves in a type. */
function remaining(name: string, type: string): string[] {
  const [own, left] = [schema, contract(name)].map((one) => one.getType(type));
  return isObjectType(own) && isObjectType(left) ? fieldsOf(own).filter((field) => left.getFields()[field]) : [];
}

it.each(['checkout', 'quotes'])('the page shows the root fields that the contract %s leaves', (name) => {
  const cell = (type: string) =>
    remaining(name, type)
      .map((field) => `\`${field}\``)
      .join(', ') || 'none';
  const row = `| \`${name}\` | ${['Query', 'Mutation', 'Subscription'].map(cell).join(' | ')} |`;
  expect(read('docs/federation.md')).toContain(row);
});

describe('the contract without operator and personal', () => {
  it('has nothing about a person or of the merchant alone', () => {
    const types = contract('quotes').getTypeMap();
    const named = Object.keys(types).filter((type) =>
      /Redemption(?!OrderInput|RefusedError)|FailedAttempt|RecordedRefusal|Redeem(?!able)/.test(type),
    );
    expect(named).toEqual([]);
    const fields = Object.values(types).flatMap((type) =>
      'getFields' in type && !isInputObjectType(type) ? Object.keys(type.getFields()) : [],
    );
    for (const hidden of ['metadata', 'customerId', 'redemption', 'redemptions', 'orderId', 'address', 'caller']) {
      expect(fields).not.toContain(hidden);
    }
  });

  it('still has what a quote shows, and the order with its quote', () => {
    expect(remaining('quotes', 'PromoCodeQuote')).toEqual(fieldsOf(objectType('PromoCodeQuote')));
    const promoCode = fieldsOf(objectType('PromoCode'));
    const hidden = ['metadata', 'redemptions', 'customerId', 'history'];
    expect(remaining('quotes', 'PromoCode')).toEqual(promoCode.filter((field) => !hidden.includes(field)));
    const order = contract('quotes').getType('Order');
    expect(isObjectType(order) && fieldsOf(order)).toEqual(['id', 'promoCode', 'quote']);
  });
});

it('the graph for the back office has every type and every field of the gateway', () => {
  const all = Object.values(schema.getTypeMap()).filter(isObjectType);
  const own = all.filter(({ name }) => !name.startsWith('_'));
  expect(own.length).toBeGreaterThan(40);
  for (const type of own) expect([type.name, remaining('backoffice', type.name)]).toEqual([type.name, fieldsOf(type)]);
});

describe('the contract without operator', () => {
  it('has no types of the lists that it leaves out', () => {
    const types = Object.keys(contract('checkout').getTypeMap());
    expect(types.filter((type) => /FailedAttempt|Refusal(?!Reason)|RecordedRefusal|ProviderState/.test(type))).toEqual(
      [],
    );
  });

  it('redeems a code, and shows the redemption with every field', () => {
    expect(remaining('checkout', 'Redemption')).toEqual(fieldsOf(objectType('Redemption')));
    expect(remaining('checkout', 'RedeemPayload')).toEqual(['redemption', 'replayed']);
  });
});

function objectType(name: string): GraphQLObjectType | null {
  const type = schema.getType(name);
  return isObjectType(type) ? type : null;
}
