const SERVER_URL = /^postgres(?:ql)?:/i;

const SHAPE = 'postgres://user:password@host:5432/database';

/** Whether a value of DATABASE_URL is meant for a PostgreSQL server. */
export function isServerUrl(url: string): boolean {
  return SERVER_URL.test(url);
}

/** Checks the URL of a database on a server. A fault completes the sentence "DATABASE_URL …" and never repeats the value. */
export function serverUrl(url: string): { url: string } | { fault: string } {
  if (!URL.canParse(url)) return { fault: `must be a URL such as ${SHAPE}, in which special characters are encoded` };
  const { username, password, hostname, pathname, searchParams } = new URL(url);
  if (![username, password, hostname, pathname].every(isEncoded)) {
    return { fault: 'has a % that is no percent-encoding: write %25' };
  }
  if (hostname === '' && !searchParams.has('host')) return { fault: `must name a host, as in ${SHAPE}` };
  if (hostname.includes(',')) return { fault: 'must name one host: put an address in front that follows a failover' };
  if (!/^\/[^/]+$/.test(pathname)) return { fault: `must name a database, as in ${SHAPE}` };
  return { url };
}

/** The database without the user, the password and the parameters, some of which are secret too. */
export function databaseAt(url: string): string {
  const { host, pathname } = new URL(url);
  return `postgres://${host}${pathname}`;
}

function isEncoded(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

/** The parameters that the server's own programs know as well. */
const SHARED_PARAMETERS = ['host', 'port', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey'];

/** The command that copies a database to a file. It asks for the password. */
export function dumpCommand(url: string, target: string): string {
  const address = new URL(url);
  address.password = '';
  for (const name of [...address.searchParams.keys()]) {
    if (!SHARED_PARAMETERS.includes(name)) address.searchParams.delete(name);
  }
  return `pg_dump --format=custom --file=${inShell(target)} --dbname=${inShell(address.href)}`;
}

function inShell(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
