/*
 * `npm run recover`: finds out what became of writes to providers whose answers were lost, and lists those that only a
 * person can settle, who then says what came of one. A running gateway does the first part by itself.
 */

import { parseArgs } from 'node:util';
import { openGateway } from '../app.ts';
import { ConfigError, readConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { configuredProviders } from '../config/provider-config.ts';
import { ProviderError } from '../domain/provider/provider.ts';
import type { Gateway } from '../gateway/core/gateway.ts';
import { acceptCount } from '../gateway/sync/accept-count.ts';
import { recover } from '../gateway/writes/resume-writes.ts';
import { type Finding, type HandSettlement, settleManually } from '../gateway/writes/settle-manually.ts';
import type { PendingWrite } from '../store/writes/pending-writes.ts';
import type { WriteRequest } from '../store/writes/write-request.ts';

const USAGE = `npm run recover                          find out what can be found out, and list the rest
npm run recover -- WRITE made ID         the write has made what the provider knows by ID
npm run recover -- WRITE not-made        nothing came of the write
npm run recover -- --accept-count ID     show what changes if the provider's count of this promotion is accepted
npm run recover -- --accept-count ID --yes    accept it
`;

const SETTLEMENT: Record<HandSettlement, string> = {
  SETTLED: 'Settled.',
  UNKNOWN_WRITE: 'No such write is left: it may have come to its end by itself.',
  UNDER_WAY: 'Its call is under way. Try again in a few seconds.',
  NOT_THERE: 'The provider has nothing under this id.',
  PROVIDER_OFF: 'Its provider, or the account, is switched off here.',
  NOT_BY_ID:
    'It changes what exists, so no id tells what it did: it settles itself once the provider answers. One that a later ' +
    'change has replaced is ended with not-made; its key is free then.',
};

async function main(parameters: string[]): Promise<number> {
  const { id, finding, count, isConfirmed } = read(parameters);
  if (id !== undefined && !finding) return print(USAGE, 1);
  const variables = readEnv();
  const { gateway, close } = await openGateway(readConfig(variables), configuredProviders(variables));
  try {
    if (count !== undefined) return await showCount(gateway, count, isConfirmed);
    if (id === undefined || !finding) return await recoverAndList(gateway);
    const settlement = await settleManually(gateway, id, finding);
    return print(`${SETTLEMENT[settlement]}\n`, settlement === 'SETTLED' ? 0 : 1);
  } finally {
    await close();
  }
}

/** @throws TypeError for an option that there is not */
function read(parameters: string[]) {
  const options = { 'accept-count': { type: 'string' }, yes: { type: 'boolean', default: false } } as const;
  const { positionals, values } = parseArgs({ args: parameters, options, allowPositionals: true });
  const [id, verb, made] = positionals;
  const finding: Finding | null = verb === 'not-made' ? 'NOT_MADE' : verb === 'made' && made ? { made } : null;
  return { id, finding, count: values['accept-count'], isConfirmed: values.yes };
}

async function showCount(gateway: Gateway, id: string, isConfirmed: boolean): Promise<number> {
  const change = await acceptCount(gateway, id, isConfirmed);
  if (!change) return print('No such promotion, or its provider or account is switched off here.\n', 1);
  const { promotion, provider, proven, uncounted } = change;
  const lines = [
    `${promotion.kind === 'PromoCode' ? promotion.code : promotion.name}  ${promotion.provider}  ${promotion.providerId}`,
    `  counted by the provider     ${provider}`,
    `  proven by earlier answers   ${proven}`,
    `  redeemed here, not counted  ${uncounted}`,
    `  redeemedCount               ${proven + uncounted} -> ${provider + uncounted}`,
    isConfirmed ? 'Accepted.' : "Nothing is changed. Add --yes to accept the provider's count.",
  ];
  return print(`${lines.join('\n')}\n`, 0);
}

async function recoverAndList(gateway: Gateway): Promise<number> {
  const { pendingWrites, orphanCoupons, promotions } = gateway.store;
  const recovered = await recover(gateway, { left: pendingWrites.all() });
  const settled = recovered.filter(({ outcome }) => outcome === 'FINISHED' || outcome === 'NOT_MADE');
  const left = pendingWrites.all();
  const halves = orphanCoupons.all();
  const lines = [
    ...settled.map(
      ({ intent, outcome }) => `${outcome === 'FINISHED' ? 'finished' : 'was not made'}  ${lineOf(intent)}`,
    ),
    ...left.map((intent) => `in doubt  ${lineOf(intent)}`),
    ...halves.map(({ id, code, couponId, since }) => {
      const coupon = promotions.getCoupon(couponId, gateway.clock());
      return `half made  ${id}  ${time(since)}  coupon ${coupon?.providerId ?? couponId} was made for the promo code ${code}, which was not`;
    }),
  ];
  if (lines.length === 0) return print('Nothing is left: the outcome of every write is known.\n', 0);
  return print(`${lines.join('\n')}\n${left.length + halves.length > 0 ? `\n${USAGE}` : ''}`, 0);
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

function print(text: string, exitCode: number): number {
  (exitCode === 0 ? process.stdout : process.stderr).write(text);
  return exitCode;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof ConfigError)
    process.exitCode = print(`The settings are not valid:\n${error.problems.join('\n')}\n`, 1);
  else if (error instanceof TypeError && 'code' in error) process.exitCode = print(USAGE, 1);
  else if (error instanceof ProviderError)
    process.exitCode = print(`${error.provider} cannot be asked: ${error.kind}\n`, 1);
  else throw error;
}
