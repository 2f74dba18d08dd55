/* `npm run sync` reads everything that the providers have. A running gateway does the same from time to time. */

import { readConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { configuredProviders } from '../config/provider-config.ts';
import type { Provider } from '../domain/provider/provider.ts';
import { ProviderError } from '../domain/provider/provider-error.ts';
import type { Gateway } from '../gateway/core/gateway.ts';
import { canSynchronise, type SyncOutcome, synchronise } from '../gateway/sync/synchronise.ts';
import { openGateway } from '../open-gateway.ts';
import { assertStore } from '../store/engines/open-engine.ts';
import type { SyncRound } from '../store/sync/sync-rounds.ts';
import { print, printError, runCommand, SIMULATED, UsageError } from './run.ts';

const OUTCOME: Record<SyncOutcome, string> = {
  DONE: 'done',
  STOPPED: 'stopped; the next run continues from here',
  BUSY: 'another process is synchronising it',
  UNSUPPORTED: 'has no lists',
};
const PHASE = { LIST: 'listing', CODES: 'codes of coupons', VANISHED: 'deleted promotions', DONE: 'done' };

/** Moves to the start of the line and clears it. */
const CLEAR_LINE = '\r\u001b[K';

await runCommand({ usage: 'npm run sync\n', failure: 'The synchronisation failed', run: synchroniseAll });

async function synchroniseAll(words: string[]): Promise<number> {
  if (words.length > 0) throw new UsageError();
  const env = readEnv();
  const config = readConfig(env);
  await assertStore(config.store);
  const { gateway, close } = await openGateway(config, configuredProviders(env));
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  try {
    const providers = gateway.accounts.all().filter(canSynchronise);
    if (providers.length === 0)
      return printError(config.sandbox ? SIMULATED : 'No provider that has lists is switched on.\n');
    const exitCodes = [];
    for (const provider of providers) exitCodes.push(await synchroniseOne(gateway, provider, stop.signal));
    return Math.max(...exitCodes);
  } finally {
    await close();
  }
}

async function synchroniseOne(gateway: Gateway, provider: Provider, signal: AbortSignal): Promise<number> {
  const title = `${provider.name} ${provider.account}`;
  let seen = 0;
  const onProgress = (round: SyncRound) => {
    seen = round.seen;
    // Only a person reads progress: a log gets the result alone.
    if (process.stdout.isTTY) process.stdout.write(`${CLEAR_LINE}${title}: ${seen} seen, ${PHASE[round.phase]}`);
  };
  const onRestart = () => {
    process.stderr.write(`${title}: starts again, because the provider no longer accepts its position in the list\n`);
  };
  const clear = process.stdout.isTTY ? CLEAR_LINE : '';
  try {
    const outcome = await synchronise(gateway, provider, { signal, onProgress, onRestart });
    const line = `${clear}${title}: ${seen} seen, ${OUTCOME[outcome]}\n`;
    return outcome === 'DONE' ? print(line) : printError(line);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return printError(`${clear}${title}: ${seen} seen, then ${error.kind}; the next run continues from here\n`);
  }
}
