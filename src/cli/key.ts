/* `npm run key` makes an API key and prints it with its line for API_KEYS. The key itself is stored nowhere. */
import { parseArgs } from 'node:util';
import { keyLine, makeKey, parseApiKeys } from '../auth/api-keys.ts';
import { SCOPES } from '../auth/caller.ts';
import { print, printError, runCommand, UsageError } from './run.ts';

const USAGE = `npm run key -- NAME SCOPE+SCOPE [PROVIDER+PROVIDER/ACCOUNT]
Scopes: ${SCOPES.join(', ')}. With providers or an account, the key can see and use only these.
`;

await runCommand({ usage: USAGE, failure: 'No key was made', run: printKey });

function printKey(words: string[]): number {
  const [name, scopes, accountScope, ...rest] = parseArgs({ args: words, allowPositionals: true }).positionals;
  if (!name || !scopes || rest.length > 0) throw new UsageError();
  const { key, sha256 } = makeKey();
  const line = keyLine(name, scopes, sha256, accountScope);
  const { problems } = parseApiKeys([line]);
  if (problems.length > 0) return printError(`${problems.join('\n')}\n${USAGE}`);
  return print(`The key, shown only now   ${key}\nAdd to API_KEYS           ${line}\n`);
}
