import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core';
import { RULES } from './access-rules.ts';

export const ACCESS_RULES = 'accessRules';

const ROOT_TYPES = ['Query', 'Mutation', 'Subscription'];

/** Passes the rule of each field to plugin-scope-auth, which enforces it, and adds it to the field's description. */
class AccessRulesPlugin extends BasePlugin<SchemaTypes> {
  override onOutputFieldConfig(config: PothosOutputFieldConfig<SchemaTypes>): PothosOutputFieldConfig<SchemaTypes> {
    const { parentType, declaringType = parentType, name, description, pothosOptions } = config;
    // Types inherit the fields of their interfaces, and with them the rules.
    const rule = RULES[parentType]?.[name] ?? RULES[declaringType]?.[name];
    if (!rule) {
      if (!ROOT_TYPES.includes(parentType)) return config;
      throw new Error(`${parentType}.${name} has no rule in auth/access-rules.ts`);
    }
    if (rule.length === 0) return config;
    const needs = `Needs the scope ${rule.map((scope) => `\`${scope}\``).join(' or ')}.`;
    Object.assign(pothosOptions, { authScopes: { anyOf: rule } });
    return { ...config, description: [description, needs].filter(Boolean).join(' ') };
  }
}

SchemaBuilder.registerPlugin(ACCESS_RULES, AccessRulesPlugin);

declare global {
  namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      accessRules: AccessRulesPlugin;
    }
  }
}
