import { keyLine, makeKey } from '../../../src/auth/api-keys.ts';
import { noteSecret } from '../redaction.ts';

/** Creates an API key for each caller. Scopes: "read+manage"; bound to accounts: "read:STRIPE_CONNECT/acct_one". */
export function makeKeys<Name extends string>(scopes: Record<Name, string>) {
  const made = new Map<string, string>();
  const lines = Object.entries<string>(scopes).map(([name, granted]) => {
    const { key, sha256 } = makeKey();
    made.set(name, key);
    noteSecret(key);
    const [of = '', accountScope] = granted.split(':');
    return keyLine(name, of, sha256, accountScope);
  });
  return {
    settings: { API_KEYS: lines.join(', ') },
    /** The header with a caller's key. */
    of: (name: Name) => ({ authorization: `Bearer ${made.get(name)}` }),
  };
}
