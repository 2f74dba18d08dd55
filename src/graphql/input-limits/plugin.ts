import SchemaBuilder, {
  BasePlugin,
  type InputType,
  type PothosInputFieldConfig,
  type PothosInputFieldType,
  type PothosOutputFieldConfig,
  type SchemaTypes,
} from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';
import { InputError } from '../shared/input-error.ts';
import { type Check, checkFields, checkList, checkObject, checkText } from './check.ts';
import { MAX_FILTER_ENTRIES, OBJECT_LIMITS, type SizeOptions, SMALL_SCALARS, TEXT_LENGTHS } from './limits.ts';

type FieldConfig = PothosInputFieldConfig<SchemaTypes>;
type Resolver = GraphQLFieldResolver<unknown, SchemaTypes['Context'], object>;

/**
 * Limits the size of every input: texts, lists and JSON objects. Sizes are checked before anything else, because some
 * later work (Unicode normalization, patterns) grows faster than its input. A field whose type has no limit fails the
 * build of the schema. Descriptions state the limits.
 */
class InputLimitsPlugin extends BasePlugin<SchemaTypes> {
  readonly #inputObjects = new Map<string, ReadonlyMap<string, Check>>();

  override onInputFieldConfig(config: FieldConfig): FieldConfig {
    const size = this.#sizeOf(config.type, config.pothosOptions);
    if (size === null) return config;
    return { ...config, description: [config.description, `At most ${size}.`].filter(Boolean).join(' ') };
  }

  override wrapResolve(resolver: Resolver, { args }: PothosOutputFieldConfig<SchemaTypes>): Resolver {
    const check = this.#checkOfAll(args);
    if (!check) return resolver;
    return (parent, given, context, info) => {
      refuseLarge(check(given));
      return resolver(parent, given, context, info);
    };
  }

  override wrapSubscribe(
    subscribe: Resolver | undefined,
    { args }: PothosOutputFieldConfig<SchemaTypes>,
  ): Resolver | undefined {
    const check = subscribe && this.#checkOfAll(args);
    if (!check) return subscribe;
    return async (parent, given, context, info) => {
      refuseLarge(check(given));
      return subscribe(parent, given, context, info);
    };
  }

  #checkOfAll(fields: Record<string, FieldConfig>): Check | null {
    const checks = this.#checksOf(fields);
    return checks.size > 0 ? checkFields(() => checks) : null;
  }

  #checksOf(fields: Record<string, FieldConfig>): ReadonlyMap<string, Check> {
    return new Map(
      Object.entries(fields).flatMap(([name, { type, pothosOptions }]) => {
        const check = this.#checkOf(type, pothosOptions);
        return check ? [[name, check]] : [];
      }),
    );
  }

  /** Null: the values of the type are always small. */
  #checkOf(type: PothosInputFieldType<SchemaTypes>, options: SizeOptions): Check | null {
    if (type.kind === 'List') return checkList(entriesOf(options), this.#checkOf(type.type, options));
    const { name, kind } = this.buildCache.getTypeConfig(type.ref);
    if (kind === 'InputObject') return checkFields(() => this.#checksOfInput(name, type.ref));
    const object = OBJECT_LIMITS[name];
    if (object) return checkObject(object);
    const length = options.maxLength ?? TEXT_LENGTHS[name];
    return length === undefined ? null : checkText(length);
  }

  /** Made when it is first needed, because an input object may contain itself. */
  #checksOfInput(name: string, ref: InputType<SchemaTypes>): ReadonlyMap<string, Check> {
    const known = this.#inputObjects.get(name) ?? this.#checksOf(this.buildCache.getInputTypeFieldConfigs(ref));
    this.#inputObjects.set(name, known);
    return known;
  }

  /**
   * The largest size, as the description states it; null: the values of the type are always small.
   * @throws {Error} for a type without a limit
   */
  #sizeOf(type: PothosInputFieldType<SchemaTypes>, options: SizeOptions): string | null {
    if (type.kind === 'List') {
      const entry = this.#sizeOf(type.type, options);
      return `${entriesOf(options)} entries${entry ? ` of at most ${entry}` : ''}`;
    }
    const { name, kind } = this.buildCache.getTypeConfig(type.ref);
    if (kind !== 'Scalar' || SMALL_SCALARS.has(name)) return null;
    const object = OBJECT_LIMITS[name];
    if (object) return `${object.keys} keys of 1 to ${object.key} characters, and ${object.text} characters in a value`;
    const length = options.maxLength ?? TEXT_LENGTHS[name];
    if (length === undefined) throw new Error(`The scalar ${name} needs a limit in graphql/input-limits/limits.ts`);
    return `${length} characters`;
  }
}

function entriesOf({ maxEntries }: SizeOptions): number {
  return maxEntries ?? MAX_FILTER_ENTRIES;
}

/** @throws {InputError} */
function refuseLarge(issues: InputError['issues']): void {
  if (issues.length > 0) throw new InputError(issues);
}

export const INPUT_LIMITS = 'inputLimits';
SchemaBuilder.registerPlugin(INPUT_LIMITS, InputLimitsPlugin);

declare global {
  namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      inputLimits: InputLimitsPlugin;
    }

    interface InputFieldOptions extends SizeOptions {}
  }
}
