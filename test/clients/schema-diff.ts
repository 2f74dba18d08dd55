/*
 * `npm run schema:diff` fails when schema.graphql breaks clients of the last release. It compares the schema with
 * released-schema.graphql, and lets the breaks of approved-breaks.ts pass. Other files can be named as arguments.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FOLDER = new URL('.', import.meta.url).pathname;
const [released = join(FOLDER, 'released-schema.graphql'), current = join(FOLDER, '../../schema.graphql')] =
  process.argv.slice(2);

/** The inspector knows federation up to version 2.8. */
const UNKNOWN_TO_INSPECTOR = `
directive @cost(weight: Int!) on FIELD_DEFINITION
directive @listSize(
  assumedSize: Int
  slicingArguments: [String!]
  sizedFields: [String!]
  requireOneSlicingArgument: Boolean
) on FIELD_DEFINITION
`;

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-schema-'));
const copies = [released, current].map((schema, index) => {
  const copy = join(folder, `${index}.graphql`);
  writeFileSync(copy, readFileSync(schema, 'utf8') + UNKNOWN_TO_INSPECTOR);
  return copy;
});
const inspector = join(FOLDER, 'node_modules/.bin/graphql-inspector');
const approved = join(FOLDER, 'approved-breaks.ts');
const rules = ['--rule', 'ignoreDescriptionChanges', '--rule', approved];
const words = ['diff', ...copies, '--federationV2', ...rules];
const { status } = spawnSync(process.execPath, [inspector, ...words], { stdio: 'inherit' });
rmSync(folder, { recursive: true, force: true });
process.exit(status ?? 1);
