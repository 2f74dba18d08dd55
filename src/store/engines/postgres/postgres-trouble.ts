import pg from 'pg';

/** Messages for operators, by SQLSTATE (postgresql.org/docs/current/errcodes-appendix.html) or the beginning of it. */
const STATES: Record<string, string> = {
  '08P01': 'a pooler refuses the settings of its connections: set DATABASE_DIRECT_URL to the way around the pooler',
  '08': 'the connection to its server broke',
  '25006': 'it may only be read',
  '25P03': 'its server ended a transaction that was idle for too long',
  '28': 'its server refuses the user or password',
  '3D000': 'its server has no such database',
  '40': 'its transactions conflict too often',
  '42501': 'its user lacks a right',
  '53100': 'there is no room left on its disk',
  '53200': 'its server is out of memory',
  '53300': 'its server has no connection left',
  '53400': 'its server has reached a limit of its configuration',
  '55P03': 'another program keeps it locked',
  '57014': 'its server takes too long',
  '57P': 'its server is stopping or starting',
  '58': 'its disk cannot be read or written',
  XX001: 'it is damaged: put a backup in its place',
  XX002: 'it is damaged: put a backup in its place',
};

const UNREACHABLE = 'its server cannot be reached';

/** Codes of Node for a server that is not there, or no longer. */
const NODE_CODES = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
];

/** What pg says of a connection without giving a code. */
const MESSAGES: [RegExp, string][] = [
  [/^Connection terminated|not queryable$|^timeout expired$/, UNREACHABLE],
  [/^timeout exceeded when trying to connect$/, 'none of its connections was free in time'],
  [/^Query read timeout$/, 'its server takes too long'],
  [/^The server does not support SSL connections$/, 'its server does not support TLS'],
];

/**
 * A short description of a problem with the server, its disk or the way to it; null for any other error. A wrong query
 * or a violated constraint is a bug in the gateway.
 */
export function postgresTroubleOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (error instanceof pg.DatabaseError) return meaningOf(code);
  if (NODE_CODES.includes(code)) return UNREACHABLE;
  if (isTlsCode(code)) return 'the TLS certificate of its server is not trusted';
  return MESSAGES.find(([pattern]) => pattern.test(error.message))?.[1] ?? null;
}

function meaningOf(state: string): string | null {
  return Object.entries(STATES).find(([beginning]) => state.startsWith(beginning))?.[1] ?? null;
}

/** Codes of OpenSSL and Node for a certificate that cannot be verified. */
function isTlsCode(code: string): boolean {
  return /CERT|^ERR_TLS_|^UNABLE_TO_|^ERR_SSL_/.test(code);
}

/** Whether a server is not there yet, or has no room for a connection: it may be starting. */
export function isAbsent(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return /^57P|^53300/.test(error.code ?? '');
  return postgresTroubleOf(error) === UNREACHABLE;
}

/** Whether the server has ended a transaction because of another one: it can succeed when it runs again. */
export function isConflict(error: unknown): boolean {
  return hasState(error, '40001', '40P01');
}

/**
 * Whether a transaction has inserted a row that exists already. Both transactions may have looked before either had
 * written. The other one is committed then, because an insert waits for the end of a rival: a second look finds its row.
 */
export function isUniqueViolation(error: unknown): boolean {
  return hasState(error, '23505');
}

/** Whether a failure shows nothing about the store: other transactions got in the way, or a row was locked for too long. */
export function concernsOnlyRows(error: unknown): boolean {
  return isConflict(error) || isUniqueViolation(error) || hasState(error, '55P03');
}

/** Whether other transactions may be the reason of a failure. A statement that takes too long may have waited for locks. */
export function canBeOfOthers(error: unknown): boolean {
  return isConflict(error) || hasState(error, '55P03', '57014');
}

function hasState(error: unknown, ...states: readonly string[]): boolean {
  return error instanceof pg.DatabaseError && states.includes(error.code ?? '');
}

/** Whether a connection is of no more use after an error. pg notices a broken one, but not one that never answers. */
export function isSilent(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}
