/* `npm run sync`: takes in all that the providers have, which a running gateway does by itself from time to time. */

import { openGateway } from '../app.ts';
import { ConfigError, readConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { configuredProviders } from '../config/provider-config.ts';
import { type Provider, ProviderError } from '../domain/provider/provider.ts';
import type { Gateway } from '../gateway/core/gateway.ts';
import { canSynchronise, type SyncOutcome, synchronise } from '../gateway/sync/synchronise.ts';
import type { SyncRound } from '../store/sync/sync-rounds.ts';

const OUTCOME: Record<SyncOutcome, string> = {
  DONE: 'done',
  STOPPED: 'stopped; the next run goes on from here',
  BUSY: 'another process is doing it',
  UNSUPPORTED: 'has no lists',
};
const PHASE = { LIST: 'listing', CODES: 'codes of coupons', VANISHED: 'what has vanished', DONE: 'done' };

async function main(): Promise<number> {
  const variables = readEnv();
  const { gateway, close } = await openGateway(readConfig(variables), configuredProviders(variables));
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  try {
    const providers = gateway.accounts.all().filter(canSynchronise);
    if (providers.length === 0) return print('No provider that has lists is switched on.\n', 1);
    const ends = [];
    for (const provider of providers) ends.push(await synchroniseAloud(gateway, provider, stop.signal));
    return Math.max(...ends);
  } finally {
    await close();
  }
}

async function synchroniseAloud(gateway: Gateway, provider: Provider, signal: AbortSignal): Promise<number> {
  const title = `${provider.name} ${provider.account}`;
  let seen = 0;
  const onProgress = (round: SyncRound) => {
    seen = round.seen;
    // Where nobody looks, only the end is told.
    if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${title}: ${seen} seen, ${PHASE[round.phase]}`);
  };
  const onRestart = () => {
    process.stderr.write(`${title}: begins again, the provider does not know its place in the list any more\n`);
  };
  const clear = process.stdout.isTTY ? '\r\u001b[K' : '';
  try {
    const outcome = await synchronise(gateway, provider, { signal, onProgress, onRestart });
    return print(`${clear}${title}: ${seen} seen, ${OUTCOME[outcome]}\n`, outcome === 'DONE' ? 0 : 1);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return print(`${clear}${title}: ${seen} seen, then ${error.kind}; the next run goes on from here\n`, 1);
  }
}

function print(text: string, exitCode: number): number {
  (exitCode === 0 ? process.stdout : process.stderr).write(text);
  return exitCode;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.exitCode = print(`The settings are not valid:\n${error.problems.join('\n')}\n`, 1);
}
