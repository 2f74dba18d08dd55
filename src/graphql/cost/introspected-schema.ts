import { type GraphQLSchema, introspectionFromSchema } from 'graphql';

/** An object in the result of introspection: a type, a field, an argument, … */
export type Shown = Readonly<Record<string, unknown>>;

/** The complete result of introspection. */
class IntrospectedSchema {
  readonly #schema: Shown;
  readonly #types: ReadonlyMap<unknown, Shown>;

  constructor(schema: GraphQLSchema) {
    this.#schema = { ...introspectionFromSchema(schema).__schema };
    this.#types = new Map(objectsIn(this.#schema.types).map((type) => [type.name, type]));
  }

  /** The objects of a root field of introspection: the schema, or one of its types. */
  root(field: '__schema' | '__type', typeName: unknown): Shown[] {
    return field === '__schema' ? [this.#schema] : objectsIn(this.#types.get(typeName));
  }

  /** The objects in a field of some objects. */
  below(shown: readonly Shown[], field: string): Shown[] {
    return shown.flatMap((one) => objectsIn(one[field])).map((one) => this.#whole(one));
  }

  /** A reference to a type has only the name and the kind. */
  #whole(one: Shown): Shown {
    return ('kind' in one && this.#types.get(one.name)) || one;
  }
}

const known = new WeakMap<GraphQLSchema, IntrospectedSchema>();

/** The complete introspection of a schema, so that the cost of introspection follows its real size. Computed once. */
export function introspectedSchema(schema: GraphQLSchema): IntrospectedSchema {
  const introspected = known.get(schema) ?? new IntrospectedSchema(schema);
  known.set(schema, introspected);
  return introspected;
}

function objectsIn(value: unknown): Shown[] {
  return (Array.isArray(value) ? value : [value]).filter(isObject);
}

function isObject(value: unknown): value is Shown {
  return typeof value === 'object' && value !== null;
}
