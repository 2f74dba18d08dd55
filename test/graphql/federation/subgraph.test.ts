import {
  type DocumentNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  valueFromASTUntyped,
  visit,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../../src/auth/access-rules.ts';
import { freshGateway, sharedGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);

/** The object types of a schema. Composers refuse scopes on interfaces. */
function objectTypes(sdl: string): ObjectTypeDefinitionNode[] {
  return parse(sdl).definitions.filter((definition) => definition.kind === Kind.OBJECT_TYPE_DEFINITION);
}

/** What `@requiresScopes` says, by `Type.field`. */
function publishedRules(sdl: string): Record<string, unknown> {
  const rules: Record<string, unknown> = {};
  for (const { name: type, fields = [] } of objectTypes(sdl)) {
    for (const { name, directives = [] } of fields) {
      const directive = directives.find((one) => one.name.value === 'requiresScopes');
      const value = directive?.arguments?.[0]?.value;
      if (value) rules[`${type.value}.${name.value}`] = valueFromASTUntyped(value);
    }
  }
  return rules;
}

/** The rule of every field that has one, by `Type.field`: any one of its scopes is enough. */
function enforcedRules(sdl: string): Record<string, unknown> {
  const rules: Record<string, unknown> = {};
  for (const { name: type, interfaces = [], fields = [] } of objectTypes(sdl)) {
    for (const { name } of fields) {
      const owners = [type, ...interfaces.map((one) => one.name)];
      const rule = owners.map((owner) => RULES[owner.value]?.[name.value]).find((found) => found !== undefined);
      if (rule?.length) rules[`${type.value}.${name.value}`] = rule.map((scope) => [scope]);
    }
  }
  return rules;
}

function withoutScopes(document: DocumentNode): DocumentNode {
  return visit(document, {
    Directive: ({ name }) => (name.value === 'requiresScopes' ? null : undefined),
    StringValue: ({ value }) => (value === '@requiresScopes' ? null : undefined),
  });
}

describe('the subgraph', () => {
  it('resolves entities by id, and gives null for an unknown one', async () => {
    const { promoCode } = payloadOf(await shop.tryCreatePromoCode({ provider: 'DURO' }));
    const { _entities } = await gateway.run(
      `query ($representations: [_Any!]!) {
        _entities(representations: $representations) { ... on PromoCode { code } ... on Coupon { name } }
      }`,
      {
        representations: [
          { __typename: 'PromoCode', id: promoCode.id },
          { __typename: 'PromoCode', id: 'garbage' },
          { __typename: 'Coupon', id: promoCode.id },
        ],
      },
    );
    expect(_entities).toEqual([{ code: promoCode.code }, null, null]);
  });

  it('publishes a schema without node and nodes, which only one subgraph may have', async () => {
    const { _service } = await gateway.run('{ _service { sdl } }');
    expect(_service.sdl).toContain('type PromoCode implements');
    expect(_service.sdl).toContain('@key(fields: "id")');
    expect(_service.sdl).not.toMatch(/^ {2}nodes?\(/m);
  });

  it('publishes the scope of each field only if SUBGRAPH_SCOPES is 1, from the table that enforces them', async () => {
    const { _service } = await gateway.run('{ _service { sdl } }');
    expect(_service.sdl).not.toContain('requiresScopes');
    const publishing = await freshGateway({ settings: { SUBGRAPH_SCOPES: '1' } });
    const { sdl } = (await publishing.run('{ _service { sdl } }'))._service;
    expect(publishedRules(sdl)).toEqual(enforcedRules(sdl));
    // It differs in nothing else.
    expect(print(withoutScopes(parse(sdl)))).toBe(print(parse(_service.sdl)));
  });
});
