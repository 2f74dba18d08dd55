import { readFileSync, writeFileSync } from 'node:fs';
import { schemaText } from '../graphql/schema.ts';

/** Writes schema.graphql; with --check, tells whether it is in step instead. */
const file = new URL('../../schema.graphql', import.meta.url);

if (!process.argv.includes('--check')) {
  writeFileSync(file, schemaText);
} else if (readFileSync(file, 'utf8') !== schemaText) {
  process.stderr.write('schema.graphql is out of step: run `npm run schema`\n');
  process.exitCode = 1;
}
