import type { Env } from '../providers/definition.ts';

/** The gateway's own variables: former name to current name. */
export const RENAMED_VARIABLES: Readonly<Record<string, string>> = {
  ANSWER_TIMEOUT_MS: 'RESPONSE_TIMEOUT_MS',
  MAX_HELD_BYTES: 'MAX_BUFFERED_BYTES',
  REDEEM_STALE_SECONDS: 'REDEEM_STALE_IF_ERROR_SECONDS',
};

/** The variables that every provider has, without the provider's prefix: former name to current name. */
export const RENAMED_PROVIDER_VARIABLES: Readonly<Record<string, string>> = {
  FRESH_SECONDS: 'MAX_AGE_SECONDS',
  BEHIND_SECONDS: 'STALE_WHILE_REVALIDATE_SECONDS',
  STALE_SECONDS: 'STALE_IF_ERROR_SECONDS',
};

/**
 * One line per variable that is set under a former name. It is an error, not a warning: if the gateway ignored the old
 * name, the setting would silently return to its default.
 */
export function renamedVariableProblems(env: Env, prefixes: readonly string[]): string[] {
  const perProvider = prefixes.flatMap((prefix) =>
    Object.entries(RENAMED_PROVIDER_VARIABLES).map(([old, now]) => [`${prefix}_${old}`, `${prefix}_${now}`] as const),
  );
  return [...Object.entries(RENAMED_VARIABLES), ...perProvider].flatMap(([old, now]) =>
    env[old] ? [`${old}: was renamed, use ${now}`] : [],
  );
}
