import { GraphQLError, GraphQLID, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';
import { builder } from '../builder.ts';
import { ID_FAULT, idText } from './id-text.ts';

/*
 * A scalar checks only the JSON kind of an input value (string, number, object). Everything else is checked with the rest
 * of the input, so that a fault is reported with the path of its field.
 */

// GraphQL's own ID accepts any whole number. Pothos cannot define it, and this process has only one schema.
GraphQLID.description =
  'An opaque id. Output: a string. Input: a string, or a whole number up to 2^53 - 1. Send larger ids as strings.';
GraphQLID.parseValue = (value) => {
  const id = idText(value);
  if (id === null) throw wrongKind('ID', ID_FAULT);
  return id;
};
GraphQLID.parseLiteral = (node) => {
  // The digits of a literal are exact. It is refused nevertheless: an id must not depend on how it is sent.
  const id = node.kind === Kind.STRING ? node.value : node.kind === Kind.INT ? idText(Number(node.value)) : null;
  if (id === null) throw wrongKind('ID', ID_FAULT, node);
  return id;
};

builder.scalarType('DateTime', {
  description: 'An instant as RFC 3339 text. Output: in UTC with "Z". Input: with any offset.',
  serialize: (instant) => new Date(instant).toISOString(),
  parseValue: (value) => text('DateTime', value),
  parseLiteral: (node) => textLiteral('DateTime', node),
});

builder.scalarType('Decimal', {
  description: 'An exact decimal number as text, such as "12.5".',
  serialize: (decimal) => decimal,
  parseValue: (value) => text('Decimal', value),
  parseLiteral: (node) => textLiteral('Decimal', node),
});

builder.scalarType('CurrencyCode', {
  description: 'An ISO 4217 currency code in upper case: "NGN". "XXX" if the provider states none.',
  serialize: (currency) => currency,
  parseValue: (value) => text('CurrencyCode', value),
  parseLiteral: (node) => textLiteral('CurrencyCode', node),
});

builder.scalarType('SafeInt', {
  description: 'A whole number up to 2^53 - 1, for amounts, counts and limits that can exceed the range of Int.',
  serialize: (integer) => integer,
  parseValue: (value) => {
    if (typeof value !== 'number') throw wrongKind('SafeInt', 'a number');
    return value;
  },
  parseLiteral: (node) => {
    if (node.kind !== Kind.INT && node.kind !== Kind.FLOAT) throw wrongKind('SafeInt', 'a number', node);
    return Number(node.value);
  },
});

builder.scalarType('JSONObject', {
  description: 'A JSON object. Its keys can be any text, including `__proto__` and `then`.',
  serialize: (object) => object,
  parseValue: (value) => {
    if (!isObject(value)) throw wrongKind('JSONObject', 'an object');
    return value;
  },
  parseLiteral: (node, variables) => {
    const value = valueFromASTUntyped(node, variables);
    if (!isObject(value)) throw wrongKind('JSONObject', 'an object', node);
    return value;
  },
});

function text(scalar: string, value: unknown): string {
  if (typeof value !== 'string') throw wrongKind(scalar, 'a string');
  return value;
}

function textLiteral(scalar: string, node: ValueNode): string {
  if (node.kind !== Kind.STRING) throw wrongKind(scalar, 'a string', node);
  return node.value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrongKind(scalar: string, kind: string, node?: ValueNode): GraphQLError {
  return new GraphQLError(`${scalar} must be ${kind}`, { nodes: node, extensions: { code: 'BAD_USER_INPUT' } });
}
