import { keyLine, makeKey, parseApiKeys } from '../auth/api-keys.ts';
import { SCOPES } from '../auth/caller.ts';

/*
 * npm run key -- NAME SCOPE+SCOPE [PROVIDER+PROVIDER/ACCOUNT]
 *
 * Makes a key and prints it, with the line by which the gateway knows it. The key itself is kept nowhere.
 */

const USAGE = `npm run key -- NAME SCOPE+SCOPE [PROVIDER+PROVIDER/ACCOUNT]
Scopes: ${SCOPES.join(', ')}. Bound to a provider or an account, the key sees and uses nothing else.`;

const [name, scopes, accountScope, ...rest] = process.argv.slice(2);
if (!name || !scopes || rest.length > 0) fail(USAGE);
const { key, sha256 } = makeKey();
const line = keyLine(name, scopes, sha256, accountScope);
const { problems } = parseApiKeys([line]);
if (problems.length > 0) fail([...problems, USAGE].join('\n'));
process.stdout.write(`The key, shown only now   ${key}\nAdd to API_KEYS           ${line}\n`);

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
