/*
 * Fails where the schema breaks what clients of the last release rely on: `npm run schema:diff`. What is compared is
 * schema.graphql as it is now and as it was at the last tag.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FOLDER = new URL('.', import.meta.url).pathname;
const root = process.argv[2] ?? join(FOLDER, '../..');
const git = (...words: string[]) =>
  execFileSync('git', ['-C', root, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** The inspector's federation ends with version 2.8. */
const UNKNOWN_TO_INSPECTOR = `
directive @cost(weight: Int!) on FIELD_DEFINITION
directive @listSize(
  assumedSize: Int
  slicingArguments: [String!]
  sizedFields: [String!]
  requireOneSlicingArgument: Boolean
) on FIELD_DEFINITION
`;

function lastTag(): string | null {
  try {
    return git('describe', '--tags', '--abbrev=0').trim();
  } catch {
    return null;
  }
}

const tag = lastTag();
if (tag === null) {
  process.stdout.write('Nothing has been released yet: there is no tag to compare schema.graphql with.\n');
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-schema-'));
const [before, now] = [git('show', `${tag}:schema.graphql`), readFileSync(join(root, 'schema.graphql'), 'utf8')].map(
  (schema, index) => {
    const file = join(folder, `${index}.graphql`);
    writeFileSync(file, schema + UNKNOWN_TO_INSPECTOR);
    return file;
  },
);
process.stdout.write(`schema.graphql beside that of ${tag}:\n`);
const inspector = join(FOLDER, 'node_modules/.bin/graphql-inspector');
const approved = join(FOLDER, 'approved-breaks.ts');
const words = ['diff', before ?? '', now ?? '', '--federationV2', '--rule', approved];
const { status } = spawnSync(process.execPath, [inspector, ...words], { stdio: 'inherit' });
rmSync(folder, { recursive: true, force: true });
process.exit(status ?? 1);
