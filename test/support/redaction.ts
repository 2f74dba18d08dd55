import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/*
 * Whatever a gateway logs in any test is gathered here, and the keys, tokens and secrets that are used in it. When all tests
 * have been run, no line may hold any of them.
 */

const FOLDER = 'PROMO_GATEWAY_TEST_LOGS';
/** In vain would be looked for what is so short that it could be anything. */
const SHORTEST = 8;

/** Something that no log may hold. */
export function noteSecret(secret: string): void {
  note('secrets', secret);
}

/** What a gateway has logged. */
export function noteLog(text: string): void {
  note('logs', text);
}

function note(kind: 'secrets' | 'logs', text: string): void {
  const folder = process.env[FOLDER];
  if (folder) appendFileSync(join(folder, `${kind}-${process.pid}`), `${text}\n`);
}

/** Run by vitest before the first test. What it gives is run after the last. */
export default function gather(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-logs-'));
  process.env[FOLDER] = folder;
  return () => {
    const lines = linesOf(folder, 'logs');
    const secrets = new Set(linesOf(folder, 'secrets').filter((secret) => secret.length >= SHORTEST));
    rmSync(folder, { recursive: true });
    const told = lines.filter((line) => [...secrets].some((secret) => line.includes(secret)));
    if (told.length > 0) throw new Error(`${told.length} lines of the log hold a secret, such as\n${told[0]}`);
    process.stdout.write(`No secret of ${secrets.size} in ${lines.length} lines of the log.\n`);
  };
}

function linesOf(folder: string, kind: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith(kind))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
    .filter((line) => line !== '');
}
