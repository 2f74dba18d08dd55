import type { Env, ProviderDefinition, SharedAccounts } from '../providers/definition.ts';

/**
 * One line for each account that two configured providers reach, and for each that may be one: its limits would be granted twice.
 */
export function sharedAccountProblems(reached: readonly SharedAccounts[]): string[] {
  return reached.flatMap((own, index) => {
    const others = reached.filter((_, other) => other !== index);
    const before = reached.slice(0, index);
    return [
      ...before.flatMap(({ variable, ids }) =>
        own.ids
          .filter((id) => ids.includes(id))
          .map(
            (id) => `${own.variable}: ${id} is in ${variable}, too: keep it in one of them, or its limits count twice`,
          ),
      ),
      ...others.flatMap(({ variable }) =>
        own.missing ? `${own.missing.variable}: ${own.missing.message}, because ${variable} is set, too` : [],
      ),
    ];
  });
}

/** The accounts that a provider reaches; none if it is switched off, not valid, or shares no accounts. */
export function accountsReachedBy<Settings>(
  { settings, sharedAccounts }: ProviderDefinition<Settings>,
  env: Env,
): SharedAccounts[] {
  const parsed = settings.safeParse(env).data;
  return parsed === undefined || !sharedAccounts ? [] : [sharedAccounts(parsed)];
}
