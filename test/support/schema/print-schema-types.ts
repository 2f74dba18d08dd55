/*
 * `npm run schema` writes schema.generated.d.ts, from which the compiler derives the results of operations in tests.
 * With --check it fails when the file differs from the schema instead.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { minifyIntrospection, outputIntrospectionFile } from 'gql.tada/internal';
import { introspectionFromSchema } from 'graphql';
import { schema } from '../../../src/graphql/schema.ts';

const FILE = new URL('schema.generated.d.ts', import.meta.url);

const introspection = introspectionFromSchema(schema, { descriptions: false });
const types = outputIntrospectionFile(minifyIntrospection({ name: undefined, ...introspection }), {
  fileType: '.d.ts',
  shouldPreprocess: true,
});
const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
if (!values.check) writeFileSync(FILE, types);
else if (readFileSync(FILE, 'utf8') !== types) {
  process.stderr.write('test/support/schema/schema.generated.d.ts is out of date: run `npm run schema`\n');
  process.exitCode = 1;
}
