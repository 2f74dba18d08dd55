import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/*
 * Collects all log lines of all tests, and the API keys, tokens and secrets that the tests use. After the last test, no line
 * may contain any of these secrets.
 */

const FOLDER = 'PROMO_GATEWAY_TEST_LOGS';
/** Shorter secrets are skipped: they would also match other text. */
const SHORTEST = 8;

/** Records a secret that no log may contain. */
export function noteSecret(secret: string): void {
  note('secrets', secret);
}

/** Records the log output of a gateway. */
export function noteLog(text: string): void {
  note('logs', text);
}

function note(kind: 'secrets' | 'logs', text: string): void {
  const folder = process.env[FOLDER];
  if (folder) appendFileSync(join(folder, `${kind}-${process.pid}`), `${text}\n`);
}

/** Vitest calls this before the first test, and the returned function after the last. */
export default function collectLogs(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-logs-'));
  process.env[FOLDER] = folder;
  return () => {
    const lines = linesOf(folder, 'logs');
    const secrets = new Set(linesOf(folder, 'secrets').filter((secret) => secret.length >= SHORTEST));
    rmSync(folder, { recursive: true });
    const leaks = lines.filter((line) => [...secrets].some((secret) => line.includes(secret)));
    if (leaks.length > 0) throw new Error(`${leaks.length} log lines contain a secret, such as\n${leaks[0]}`);
    process.stdout.write(`None of ${secrets.size} secrets is in ${lines.length} log lines.\n`);
  };
}

function linesOf(folder: string, kind: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith(kind))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
    .filter((line) => line !== '');
}
