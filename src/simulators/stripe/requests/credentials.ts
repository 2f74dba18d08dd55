import type { ApiCall } from '../../server/call.ts';
import type { StripeRefuse } from '../errors.ts';

/** Which keys a simulated Stripe accepts, and which accounts it has. */
export interface StripeAccess {
  /** Secret ("sk_…"), of test or live mode. The restricted key of the same name ("rk_…") is accepted too. */
  apiKey: string;
  /** The id of the key's own account. */
  platform: string;
  /** The accounts that the key may act on; absent: every "acct_…". */
  connectedAccounts?: readonly string[];
}

/**
 * The account that a call acts on.
 * @throws {Refusal} 401 for a missing or unknown key, 403 for an account that it may not use
 */
export function accountOf({ headers }: ApiCall, access: StripeAccess, refuse: StripeRefuse): string {
  const key = keyOf(headers.authorization ?? '');
  if (key === '') {
    throw refuse(
      'You did not provide an API key. You need to provide your API key in the Authorization header, ' +
        "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
      { status: 401 },
    );
  }
  if (!isAccepted(key, access.apiKey)) throw refuse(`Invalid API Key provided: ${masked(key)}`, { status: 401 });
  const { platform, connectedAccounts } = access;
  const account = headers['stripe-account'] ?? platform;
  if (account === platform || (connectedAccounts?.includes(account) ?? /^acct_\w+$/.test(account))) return account;
  throw refuse(
    `The provided key '${masked(key)}' does not have access to account '${account}' (or that account does not exist). ` +
      'Application access may have been revoked.',
    { status: 403, code: 'account_invalid' },
  );
}

/** Whether objects of this key are in live mode. */
export function isLiveKey(apiKey: string): boolean {
  return /^[sr]k_live_/.test(apiKey);
}

/** Bearer, or Basic with the key as the user. */
function keyOf(authorization: string): string {
  const [, scheme = '', credentials = ''] = /^(\w+) +(.+)$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme.toLowerCase() !== 'basic') return '';
  return Buffer.from(credentials, 'base64').toString().split(':')[0] ?? '';
}

function isAccepted(key: string, apiKey: string): boolean {
  return key === apiKey || key === apiKey.replace(/^sk_/, 'rk_');
}

function masked(key: string): string {
  const [prefix = ''] = /^[a-z]+_(test|live)_/.exec(key) ?? [];
  return `${prefix}${'*'.repeat(8)}${key.slice(-4)}`;
}
