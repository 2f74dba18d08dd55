import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { documentOf, type MutationName } from '../support/mutations.ts';
import type { GatewayProcess } from '../support/processes/gateway-process.ts';
import type { Simulators } from '../support/simulators.ts';
import type { Json } from '../support/start-gateway.ts';

/** `npm run torture` sets a larger number. */
export const CRASHES = Number(process.env.CRASHES ?? 2);
/**
 * Only a long run includes writes that the gateway must search for after a crash (ChatDash's promo codes, applications
 * to subscriptions). If such a write never arrived, the gateway waits a minute before it sends it again.
 */
const IS_LONG = CRASHES > 5;
/** The number of writes of a round. */
export const CALLS = 60;
export const TIMEOUT_MS = 60_000 + CRASHES * 20_000 + (IS_LONG ? 90_000 : 0);

type Kind = 'CREATE' | 'HOLD' | 'APPLY' | 'REDEEM';
/** The numbers of the writes of a round. */
export const indices = Array.from({ length: CALLS }, (_, index) => index);

function kindOf(index: number): Kind {
  if (index % 6 === 0) return 'CREATE';
  if (index % 6 === 1) return 'HOLD';
  return IS_LONG && index % 6 === 2 ? 'APPLY' : 'REDEEM';
}

function operationOf(round: number, index: number): { mutation: MutationName; input: Json } {
  const idempotencyKey = `crash-${round}-${index}`;
  const use = { code: `CRASH-${round}`, provider: 'DURO', customerId: `cus_${index}`, idempotencyKey };
  switch (kindOf(index)) {
    case 'CREATE': {
      const providers = IS_LONG ? ['DURO', 'FLEXPRICE', 'STRIPE_CONNECT'] : ['DURO', 'FLEXPRICE'];
      const provider = providers[(index / 6) % providers.length];
      const code = `MADE-${round}-${index}`;
      return { mutation: 'createPromoCode', input: { provider, code, discount: { percentage: '5' }, idempotencyKey } };
    }
    case 'HOLD':
      return { mutation: 'holdPromoCode', input: use };
    case 'APPLY':
      return {
        mutation: 'redeemPromoCode',
        input: { ...use, provider: 'FLEXPRICE', subscriptionId: `subs_${round}_${index}` },
      };
    case 'REDEEM':
      return { mutation: 'redeemPromoCode', input: use };
  }
}

/**
 * Sends one write under its idempotency key, and repeats it until it succeeds.
 * @param onLocked called when the store is locked by a process that was paused in a transaction
 * @returns the id of the created object; undefined when the process died first
 */
export async function write(
  gateway: GatewayProcess,
  round: number,
  index: number,
  onLocked = () => {},
): Promise<string | undefined> {
  const { mutation, input } = operationOf(round, index);
  const sent = await gateway.send(documentOf(mutation), { input }).catch(() => undefined);
  if (!sent) return undefined;
  if (sent.errors) {
    expect(sent.errors[0].extensions.code).toMatch(/^(UNAVAILABLE|DEADLINE_EXCEEDED)$/);
    onLocked();
    return write(gateway, round, index, onLocked);
  }
  const [answer]: Json[] = Object.values(sent.data);
  const made = answer.promoCode ?? answer.redemption;
  if (made) return made.id;
  expect(answer).toMatchObject({ retryable: true });
  await sleep((answer.retryAfterSeconds ?? 0) * 1000);
  return write(gateway, round, index, onLocked);
}

/** Creates the promo codes of the round and sends all its writes concurrently. Resolves after `after` answers. */
export async function writeUntil(gateway: GatewayProcess, round: number, after: number) {
  const code = `CRASH-${round}`;
  await gateway.send(documentOf('createPromoCode'), {
    input: { provider: 'DURO', code, discount: { percentage: '5' } },
  });
  const applied = await gateway.send(documentOf('createPromoCode'), {
    input: { provider: 'FLEXPRICE', code, discount: { percentage: '5' } },
  });
  let answers = 0;
  const reached = Promise.withResolvers<void>();
  const writes = indices.map(async (index) => {
    const id = await write(gateway, round, index);
    answers += 1;
    if (answers >= after) reached.resolve();
    return id;
  });
  if (after > 0) await reached.promise;
  return { applied, writes };
}

/** What a round has done. */
interface Round {
  round: number;
  /** The results of the first process, and of the repeats. */
  acknowledged: (string | undefined)[];
  repeated: (string | undefined)[];
  /** The answer to the creation of the promo code that is applied to subscriptions. */
  applied: Json;
}

/** Expects that every write of a round had its effect once, in the store and at the providers, and returned it. */
export async function expectDoneOnce(
  gateway: GatewayProcess,
  simulators: Simulators,
  { round, acknowledged, repeated, applied }: Round,
) {
  const code = `CRASH-${round}`;
  expect(repeated.every((id) => id !== undefined)).toBe(true);
  for (const [index, id] of acknowledged.entries()) {
    if (id !== undefined) expect(repeated[index]).toBe(id);
  }
  expect(new Set(repeated).size).toBe(CALLS);

  const { data } = await gateway.send(
    `query ($code: String!, $made: String!) {
        redeemed: promoCodeByCode(code: $code, provider: DURO) { ...Counts }
        applied: promoCodeByCode(code: $code, provider: FLEXPRICE, policy: FRESH) { ...Counts }
        promoCodes(filter: { codePrefix: $made }) { totalCount }
        providers { inDoubt }
      }
      fragment Counts on PromoCode { redeemedCount heldCount redemptions(first: 100) { nodes { id status } } }`,
    { code, made: `MADE-${round}-` },
  );
  const calls = (kind: Kind) => indices.filter((index) => kindOf(index) === kind);
  const answeredTo = (...kinds: Kind[]) => kinds.flatMap((kind) => calls(kind).map((index) => repeated[index])).sort();
  // If an application never arrived, its use was cancelled and the repeat has taken another one.
  const inLedger = ({ redemptions }: Json) =>
    redemptions.nodes
      .filter(({ status }: Json) => status !== 'CANCELLED')
      .map(({ id }: Json) => id)
      .sort();
  // At the providers: every promo code was created once, and every application was counted once.
  const made = Object.values(simulators).flatMap((simulator) => simulator.codes());
  const ofRound = made.map((text) => text.toUpperCase()).filter((text) => text.startsWith(`MADE-${round}-`));
  expect(ofRound.sort()).toEqual(
    calls('CREATE')
      .map((index) => `MADE-${round}-${index}`)
      .sort(),
  );
  const { providerId } = applied.data.createPromoCode.promoCode;
  expect(simulators.flexprice.redeemed(providerId)).toBe(calls('APPLY').length);
  expect(inLedger(data.redeemed)).toEqual(answeredTo('REDEEM', 'HOLD'));
  expect(inLedger(data.applied)).toEqual(answeredTo('APPLY'));
  expect(data.redeemed).toMatchObject({ redeemedCount: calls('REDEEM').length, heldCount: calls('HOLD').length });
  expect(data.applied).toMatchObject({ redeemedCount: calls('APPLY').length, heldCount: 0 });
  expect(data.promoCodes.totalCount).toBe(calls('CREATE').length);
  expect(data.providers.every(({ inDoubt }: Json) => inDoubt === 0)).toBe(true);
}
