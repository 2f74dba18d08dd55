import { expect, it } from 'vitest';
import { ENTITY_RULES, RULES } from '../../src/auth/access-rules.ts';
import { read } from './pages.ts';

/** The rows of the scopes on docs/federation.md, from the table that enforces them. */
function rows(): string[] {
  const fields = Object.entries(RULES).flatMap(([type, rules]) =>
    Object.entries(rules).map(([field, rule]) => [`\`${type}.${field}\``, rule] as const),
  );
  const entities = Object.entries(ENTITY_RULES).map(([type, rule]) => [`\`${type}\` as an entity`, rule] as const);
  return [...fields, ...entities].map(
    ([what, rule]) => `| ${what} | ${rule.map((scope) => `\`${scope}\``).join(', ') || 'none'} |`,
  );
}

it('docs/federation.md lists the scopes of every field and entity, as they are enforced', () => {
  const [, table = ''] = read('docs/federation.md').split('| Field | Scopes |\n| --- | --- |\n');
  expect(table.split('\n\n')[0]?.split('\n')).toEqual(rows());
});
