import type { RawBuilder } from 'kysely';
import type { Dialect } from '../engines/engine.ts';
import { recordsJson } from '../engines/records-json.ts';
import type { Leg } from './scan.ts';

/** Legs with the same columns, and their places among all legs. */
export interface LegGroup {
  columns: string[];
  members: { leg: Leg; place: number }[];
}

export function groupsOf(legs: readonly Leg[]): LegGroup[] {
  const groups = new Map<string, LegGroup>();
  for (const [place, leg] of legs.entries()) {
    const columns = Object.keys(leg);
    const group = groups.get(String(columns)) ?? { columns, members: [] };
    group.members.push({ leg, place });
    groups.set(String(columns), group);
  }
  return [...groups.values()];
}

/** The legs of a group as a table with their columns and `place`. @param text their {@link textOf} */
export function recordsOf(
  dialect: Dialect,
  columns: readonly string[],
  text: RawBuilder<string>,
): RawBuilder<Record<string, unknown>> {
  const types = Object.fromEntries(columns.map((column) => [column, 'text' as const]));
  return dialect.records<Record<string, unknown>>({ ...types, place: 'integer' }, text);
}

export function textOf(members: LegGroup['members']): string {
  return recordsJson(members.map(({ leg, place }) => ({ ...leg, place })));
}
