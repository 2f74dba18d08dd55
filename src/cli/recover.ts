/*
 * `npm run recover` resolves writes to providers whose answer was lost, and lists those that only a person can resolve.
 * With the id of such a write it records what the person found. A running gateway does the first part on its own.
 */
import { parseArgs } from 'node:util';
import { readConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { configuredProviders } from '../config/provider-config.ts';
import type { Gateway } from '../gateway/core/gateway.ts';
import { acceptCount } from '../gateway/sync/accept-count.ts';
import { recover } from '../gateway/writes/recover-writes.ts';
import { type Finding, type ManualSettlement, settleManually } from '../gateway/writes/settle-manually.ts';
import { openGateway } from '../open-gateway.ts';
import { assertStore } from '../store/engines/open-engine.ts';
import type { PendingWrite } from '../store/writes/pending-write-row.ts';
import type { WriteRequest } from '../store/writes/write-request.ts';
import { print, printError, runCommand, SIMULATED, UsageError } from './run.ts';

const USAGE = `npm run recover                                resolve lost writes, and list those that need a person
npm run recover -- WRITE made ID               the write made the object that the provider knows as ID
npm run recover -- WRITE not-made              the write made nothing
npm run recover -- --accept-count ID           show the effect of accepting the provider's count of a promotion
npm run recover -- --accept-count ID --yes     accept it
`;

const SETTLEMENT: Record<ManualSettlement, string> = {
  SETTLED: 'Settled.',
  UNKNOWN_WRITE: 'No such write is open: it may have been resolved in the meantime.',
  UNDER_WAY: 'Its call is in progress. Try again in a few seconds.',
  NOT_THERE: 'The provider has nothing with this id.',
  PROVIDER_OFF: 'Its provider or account is switched off here.',
  NOT_BY_ID:
    'It changes an existing object, so no id shows its effect: it is resolved when the provider answers. If a later ' +
    'change replaced it, end it with not-made; its key is free then.',
};

await runCommand({ usage: USAGE, failure: 'The recovery failed', run: recoverWrites });

async function recoverWrites(words: string[]): Promise<number> {
  const { id, finding, count, isConfirmed } = readArguments(words);
  const env = readEnv();
  const config = readConfig(env);
  await assertStore(config.store);
  const { gateway, close } = await openGateway(config, configuredProviders(env));
  try {
    if (count !== undefined) return await showCount(gateway, count, isConfirmed);
    if (id === undefined || !finding) return await recoverAndList(gateway);
    const settlement = await settleManually(gateway, id, finding);
    if (settlement === 'PROVIDER_OFF' && config.sandbox) return printError(SIMULATED);
    const line = `${SETTLEMENT[settlement]}\n`;
    return settlement === 'SETTLED' ? print(line) : printError(line);
  } finally {
    await close();
  }
}

/** @throws {UsageError} */
function readArguments(words: string[]) {
  const options = { 'accept-count': { type: 'string' }, yes: { type: 'boolean', default: false } } as const;
  const { positionals, values } = parseArgs({ args: words, options, allowPositionals: true });
  const [id, verb, made] = positionals;
  const finding: Finding | null = verb === 'not-made' ? 'NOT_MADE' : verb === 'made' && made ? { made } : null;
  if (id !== undefined && !finding) throw new UsageError();
  return { id, finding, count: values['accept-count'], isConfirmed: values.yes };
}

async function showCount(gateway: Gateway, id: string, isConfirmed: boolean): Promise<number> {
  const change = await acceptCount(gateway, id, isConfirmed);
  if (!change) return printError('No such promotion, or its provider or account is switched off here.\n');
  const { promotion, provider, proven, uncounted } = change;
  const lines = [
    `${promotion.kind === 'PromoCode' ? promotion.code : promotion.name}  ${promotion.provider}  ${promotion.providerId}`,
    `  counted by the provider     ${provider}`,
    `  proven by earlier answers   ${proven}`,
    `  redeemed here, not counted  ${uncounted}`,
    `  redeemedCount               ${proven + uncounted} -> ${provider + uncounted}`,
    isConfirmed ? 'Accepted.' : "Nothing has changed. Add --yes to accept the provider's count.",
  ];
  return print(`${lines.join('\n')}\n`);
}

async function recoverAndList(gateway: Gateway): Promise<number> {
  const { pendingWrites, orphanCoupons, promotions } = gateway.store;
  const recovered = await recover(gateway, { left: await pendingWrites.all() });
  const resolved = recovered.filter(({ outcome }) => outcome === 'FINISHED' || outcome === 'NOT_MADE');
  const pending = await pendingWrites.all();
  const orphans = await orphanCoupons.all();
  const halfMade = orphans.map(async ({ id, code, couponId, since }) => {
    const coupon = await promotions.getCoupon(couponId, gateway.clock());
    return `half made  ${id}  ${time(since)}  coupon ${coupon?.providerId ?? couponId} was made for the promo code ${code}, which was not`;
  });
  const lines = [
    ...resolved.map(
      ({ intent, outcome }) => `${outcome === 'FINISHED' ? 'finished' : 'was not made'}  ${lineOf(intent)}`,
    ),
    ...pending.map((intent) => `in doubt  ${lineOf(intent)}`),
    ...(await Promise.all(halfMade)),
  ];
  if (lines.length === 0) return print('Nothing is left: the outcome of every write is known.\n');
  return print(`${lines.join('\n')}\n${pending.length + orphans.length > 0 ? `\n${USAGE}` : ''}`);
}

function lineOf({ id, since, provider, account, operation, request }: PendingWrite): string {
  return [id, time(since), provider, account, operation, request ? subjectOf(request) : ''].join('  ').trimEnd();
}

function subjectOf(request: WriteRequest): string {
  switch (request.operation) {
    case 'createCoupon':
    case 'createPromoCode.coupon':
      return request.coupon.name;
    case 'createPromoCode':
      return request.promoCode.code;
    case 'applyToSubscription':
    case 'removeFromSubscription':
      return `${request.redemptionId} on ${request.subscriptionId}`;
    default:
      return request.id;
  }
}

function time(instant: number): string {
  return new Date(instant).toISOString();
}
