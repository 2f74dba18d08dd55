import pg from 'pg';
import { vi } from 'vitest';
import { z } from 'zod';

/** What a statement cost the server. */
export interface StatementCost {
  text: string;
  /** The tables that it read from beginning to end. */
  wholeTables: string[];
  /** How many rows of tables it read, with those that it threw away. */
  rowsRead: number;
  /** The most rows that one step sorted. */
  rowsSorted: number;
  /** How many pages of tables and indexes it looked at. A page that is looked at twice counts twice. */
  blocks: number;
  /** How often it began to read a table or an index. */
  searches: number;
  /** The plan, for the message of a failed test. */
  plan: string;
}

interface SentStatement {
  text: string;
  values: unknown[];
  /** The statement that began its transaction, with the settings of it. */
  begin: string;
}

const sent = z.tuple([z.string(), z.array(z.unknown()).default([])]).rest(z.unknown());

/**
 * Runs work, and the statements that it sent to the server once more, each as it was planned and executed then. Of
 * statements that differ in numbers alone, such as the pieces of a long list, only the first.
 */
export async function costsOf(client: pg.Client, work: () => Promise<unknown>): Promise<StatementCost[]> {
  const costs: StatementCost[] = [];
  const different = new Map<string, SentStatement>();
  for (const statement of await statementsOf(work)) {
    const key = JSON.stringify([statement.text, statement.values.filter((value) => typeof value !== 'number')]);
    if (!different.has(key)) different.set(key, statement);
  }
  for (const { text, values, begin } of different.values()) {
    await client.query(begin);
    const { rows } = await client.query<{ 'QUERY PLAN': unknown }>(
      `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${text}`,
      values,
    );
    await client.query('ROLLBACK');
    costs.push(costOf(text, z.tuple([z.object({ Plan: planNode })]).parse(rows[0]?.['QUERY PLAN'])[0].Plan));
  }
  return costs;
}

async function statementsOf(work: () => Promise<unknown>): Promise<SentStatement[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  await work();
  const { calls, contexts } = query.mock;
  const begins = new Map<unknown, string>();
  const statements = calls.flatMap((call, index): SentStatement[] => {
    const [text, values] = sent.parse(call.filter((argument) => typeof argument !== 'function'));
    const connection = contexts[index];
    if (/^begin/i.test(text)) begins.set(connection, text);
    if (/^(commit|rollback)/i.test(text)) begins.delete(connection);
    const isPlanned = /^(with|select|insert|update|delete)/i.test(text);
    return isPlanned ? [{ text, values, begin: begins.get(connection) ?? 'BEGIN' }] : [];
  });
  query.mockRestore();
  return statements;
}

/** A step of a plan. Numbers of rows are averages of its loops. */
const planNode = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Name': z.string().optional(),
  'Index Cond': z.string().optional(),
  'Actual Rows': z.number(),
  'Actual Loops': z.number(),
  'Rows Removed by Filter': z.number().default(0),
  'Rows Removed by Index Recheck': z.number().default(0),
  'Shared Hit Blocks': z.number().default(0),
  'Shared Read Blocks': z.number().default(0),
  get Plans(): z.ZodDefault<z.ZodArray<typeof planNode>> {
    return z.array(planNode).default([]);
  },
});
type PlanNode = z.infer<typeof planNode>;

function costOf(text: string, root: PlanNode): StatementCost {
  const steps = stepsOf(root, '');
  const nodes = steps.map(({ node }) => node);
  const reads = nodes.filter((node) => node['Relation Name'] !== undefined || node['Index Name'] !== undefined);
  const sorts = nodes.filter((node) => /Sort/.test(node['Node Type']));
  return {
    text,
    wholeTables: nodes.flatMap((node) => (/Seq Scan/.test(node['Node Type']) ? (node['Relation Name'] ?? []) : [])),
    rowsRead: sum(reads.map(rowsRead)),
    rowsSorted: Math.max(0, ...sorts.map((sort) => sum(sort.Plans.map(rowsRead)))),
    blocks: root['Shared Hit Blocks'] + root['Shared Read Blocks'],
    searches: sum(reads.map((node) => node['Actual Loops'])),
    plan: steps.map(({ line }) => line).join('\n'),
  };
}

function stepsOf(node: PlanNode, indent: string): { node: PlanNode; line: string }[] {
  const names = [node['Node Type'], node['Relation Name'], node['Index Name'], node['Index Cond']];
  const line = `${indent}${names.filter((name) => name !== undefined).join(' ')}: ${rowsRead(node)} rows`;
  return [{ node, line }, ...node.Plans.flatMap((child) => stepsOf(child, `${indent}  `))];
}

function rowsRead(node: PlanNode): number {
  const perLoop = node['Actual Rows'] + node['Rows Removed by Filter'] + node['Rows Removed by Index Recheck'];
  return Math.round(perLoop * node['Actual Loops']);
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
