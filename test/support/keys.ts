import { keyLine, makeKey } from '../../src/auth/api-keys.ts';
import { noteSecret } from './redaction.ts';

/** Keys by the names of those who have them: "read+manage", or "read:STRIPE_CONNECT/acct_one" for one that is bound. */
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
    /** The header that a caller sends. */
    of: (name: Name) => ({ authorization: `Bearer ${made.get(name)}` }),
  };
}
