/* `npm run schema` writes schema.graphql. With --check it fails when the file differs from the schema instead. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { schemaText } from '../graphql/schema.ts';
import { printError, runCommand } from './run.ts';

const FILE = new URL('../../schema.graphql', import.meta.url);

await runCommand({
  usage: 'npm run schema\nnpm run schema -- --check\n',
  failure: 'schema.graphql was not written',
  run: printSchema,
});

function printSchema(words: string[]): number {
  const { values } = parseArgs({ args: words, options: { check: { type: 'boolean' } } });
  if (!values.check) {
    writeFileSync(FILE, schemaText);
    return 0;
  }
  if (readFileSync(FILE, 'utf8') === schemaText) return 0;
  return printError('schema.graphql is out of date: run `npm run schema`\n');
}
