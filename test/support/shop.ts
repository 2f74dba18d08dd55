import { expect } from 'vitest';
import type { ReceivedCall } from '../../src/simulators/index.ts';
import { MONEY, mutate, REFUSAL } from './mutations.ts';
import type { Json, RunningGateway } from './start-gateway.ts';

const QUOTE = `query ($input: QuotePromoCodeInput!) {
  quotePromoCode(input: $input) {
    __typename
    ... on PromoCodeQuote {
      eligible refusal { ${REFUSAL} } promoCode { id code } discountAmount ${MONEY} payableAmount ${MONEY} asOf
    }
    ... on PromotionInputError { issues { path message } }
  }
}`;
const LEDGER = `{
  promoCodes(first: 100) { totalCount nodes { id redeemedCount heldCount } }
  coupons(first: 100) { totalCount nodes { id redeemedCount heldCount } }
  redemptions(first: 100) { totalCount nodes { id status } }
}`;

/** True for a call that changes something at its provider. Flexprice's searches are POST requests, too. */
export function isWrite({ method, path }: Pick<ReceivedCall, 'method' | 'path'>): boolean {
  return method !== 'GET' && !path.endsWith('/search');
}

/** A use that is refused, and how it can succeed afterwards. */
export interface Obstructed {
  use: Json;
  /** Further fields of the refusal. */
  details?: Json;
  /** Removes the reason for the refusal. */
  cure?: () => unknown;
  /** Fields of another input that succeeds, if the reason cannot be removed. */
  instead?: Json;
}
/** The reason of a refusal, a description, and a function that causes the refusal. */
export type Obstacle = [reason: string, what: string, arrange: () => Promise<Obstructed>];

const TEN_PERCENT = { discount: { percentage: '10' } };

let keys = 0;

/** A created promo code or coupon, as its payload shows it. */
export interface Created {
  id: string;
  providerId: string;
  code: string;
  [field: string]: Json;
}

/**
 * The requests of a shop to a gateway, and checks of refusals. Each use gets its own idempotency key unless its input
 * names one.
 * @param headers the credentials of the shop, for a gateway with API keys
 */
export function openShop(gateway: Pick<RunningGateway, 'run' | 'now' | 'simulators'>, headers = {}) {
  const newKey = () => `shop-${++keys}`;
  const simulators = Object.values(gateway.simulators);
  const send = (mutation: string, input: Json): Promise<Json> => mutate(gateway.run, mutation, input, headers);
  const use =
    (mutation: string) =>
    (input: Json): Promise<Json> =>
      send(mutation, { idempotencyKey: newKey(), ...input });
  const [redeem, hold, redeemCoupon] = [use('redeemPromoCode'), use('holdPromoCode'), use('redeemCoupon')];
  const quote = async (input: Json): Promise<Json> => (await gateway.run(QUOTE, { input }, headers)).quotePromoCode;
  const tryCreatePromoCode = (input: Json = {}): Promise<Json> =>
    send('createPromoCode', { provider: 'DURO', ...(!input.couponId && TEN_PERCENT), ...input });
  const tryCreateCoupon = (input: Json = {}): Promise<Json> =>
    send('createCoupon', { provider: 'STRIPE_CONNECT', name: 'Ten', ...TEN_PERCENT, ...input });

  /** The part of the store that uses change, and the number of writes that the providers have received. */
  const ledger = async (): Promise<Json> => ({
    ...(await gateway.run(LEDGER, undefined, headers)),
    writes: simulators.flatMap(({ calls }) => calls.filter(isWrite)).length,
  });

  /** Expects a message that customers can read. */
  function expectFitToShow({ reason, message }: Json): void {
    expect(message).toMatch(/^[A-Z][a-z].*\.$/);
    expect(message).not.toMatch(/[A-Z]{2}|_|http/);
    for (const { url } of simulators) expect(message).not.toContain(new URL(url).port);
    expect(message).not.toContain(reason);
  }

  /**
   * Expects that a quote, a redemption and a hold get the same refusal and write nothing. Their idempotency keys stay
   * unused: after the cure, the order gets a hold under one key and redeems it under the other.
   */
  async function expectRefused(reason: string, { use, details, cure, instead }: Obstructed): Promise<void> {
    const [redeemKey, holdKey] = [newKey(), newKey()];
    const before = await ledger();
    const { eligible, refusal } = await quote(use);
    const expected = { eligible: false, reason, message: '', shortfall: null, retryAfterSeconds: null, ...details };
    expect({ eligible, ...refusal, message: '' }).toEqual(expected);
    const refused = { __typename: 'RedemptionRefusedError', ...refusal };
    expect(await redeem({ ...use, idempotencyKey: redeemKey })).toEqual(refused);
    expect(await hold({ ...use, idempotencyKey: holdKey })).toEqual(refused);
    expect(await ledger()).toEqual(before);
    expectFitToShow(refusal);

    await cure?.();
    const free = { ...use, ...instead, order: { ...use.order, ...instead?.order } };
    const held = await hold({ ...free, idempotencyKey: holdKey });
    expect(held).toMatchObject({ replayed: false, redemption: { status: 'HELD' } });
    expect(await redeem({ ...free, idempotencyKey: redeemKey })).toMatchObject({
      replayed: false,
      redemption: { id: held.redemption.id, status: 'REDEEMED' },
    });
  }

  return {
    newKey,
    /** An order with a new id. */
    newOrder: (more: Json = {}): Json => ({ id: newKey(), ...more }),
    redeem,
    hold,
    redeemCoupon,
    quote,
    ledger,
    expectFitToShow,
    expectRefused,
    confirm: (id: string, input: Json = {}) => send('confirmRedemption', { id, ...input }),
    cancel: (id: string, input: Json = {}) => send('cancelRedemption', { id, ...input }),
    /** The instant some seconds from now by the gateway's clock, as the API takes it. */
    inSeconds: (seconds: number) => new Date(gateway.now() + seconds * 1000).toISOString(),
    /* Each `try…` returns any result of its mutation; the others expect success. */
    tryCreatePromoCode,
    tryCreateCoupon,
    tryUpdatePromoCode: (input: Json) => send('updatePromoCode', input),
    tryUpdateCoupon: (input: Json) => send('updateCoupon', input),
    tryArchiveCoupon: (input: Json) => send('archiveCoupon', input),
    async createPromoCode(input: Json = {}): Promise<Created> {
      const created = await tryCreatePromoCode({ allowGatewayRules: true, ...input });
      expect(created).toMatchObject({ __typename: 'CreatePromoCodePayload' });
      return created.promoCode;
    },
    async createCoupon(input: Json = {}): Promise<Created> {
      const created = await tryCreateCoupon({ allowGatewayRules: true, ...input });
      expect(created).toMatchObject({ __typename: 'CreateCouponPayload' });
      return created.coupon;
    },
    async update(input: Json): Promise<void> {
      const updated = await send('updatePromoCode', { allowGatewayRules: true, ...input });
      expect(updated).toMatchObject({ __typename: 'UpdatePromoCodePayload' });
    },
  };
}

export type Shop = ReturnType<typeof openShop>;
