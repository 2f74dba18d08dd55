/*
 * `npm run check:language` fails where a person reads words of the project's old dialect: in documents, comments,
 * descriptions and test titles. Each pattern is wrong everywhere, so that there are no exceptions.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = new URL('../..', import.meta.url).pathname;

/** Phrases of the dialect. A comment that needs one of them says something else better. */
const DIALECT = [
  'tells? of',
  '(?:is|are|was|were|be|been) told',
  'what is told',
  'anew',
  'whoever',
  'who asks?',
  'what is held',
  'for want of',
  'for the sake of',
  'comes? of it',
  'what (?:came|comes) of',
  'takes? in all',
  'by itself',
  'by themselves',
  'kept in mind',
  'read behind',
  'refreshed behind',
  'from now on',
  'from then on',
  'any more at all',
  'on its way down',
  'nobody asks',
  'though nobody',
  'goes? on from',
  'is well kept',
  'isInScope (?:the|a|this|that|it)',
];
/** Between two words of a phrase: a comment may break the line there. */
const GAP = String.raw`\s+(?:(?:\*|//)\s*)?`;
const pattern = new RegExp(`(?<![\\w-])(?:${DIALECT.join('|').replaceAll(' ', GAP)})(?![\\w-])`, 'gi');

const DOCUMENTS = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'schema.graphql'];

const findings = [
  ...DOCUMENTS.flatMap((file) => inText(file, read(file))),
  ...filesIn('docs', '.md').flatMap((file) => inText(file, read(file))),
  ...[...filesIn('src', '.ts'), ...filesIn('test', '.ts')]
    .filter((file) => !file.startsWith('test/language/'))
    .flatMap((file) => inText(file, proseOf(read(file)))),
];
for (const { file, line, words } of findings) process.stderr.write(`${file}:${line}: "${words}"\n`);
process.stderr.write(
  findings.length === 0 ? '' : `${findings.length} phrases of the old dialect. See CONTRIBUTING.md.\n`,
);
process.exitCode = findings.length === 0 ? 0 : 1;

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file}`)
    .filter((file) => file.endsWith(ending) && !/node_modules|generated/.test(file));
}

/** The comments and strings of a program. Everything else becomes blanks, so that lines keep their numbers. */
function proseOf(program: string): string {
  const tokens = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
  let prose = '';
  let end = 0;
  for (const { 0: token, index } of program.matchAll(tokens)) {
    prose += blanks(program.slice(end, index)) + token;
    end = index + token.length;
  }
  return prose;
}

function blanks(code: string): string {
  return code.replace(/[^\n]/g, ' ');
}

function inText(file: string, text: string) {
  return [...text.matchAll(pattern)].map(({ 0: phrase, index }) => ({
    file,
    line: text.slice(0, index).split('\n').length,
    words: phrase.replace(/[\s*/]+/g, ' '),
  }));
}
