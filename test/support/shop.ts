import { expect } from 'vitest';
import type { ReceivedCall } from '../../src/simulators/index.ts';
import type { Json, RunningGateway } from './start-gateway.ts';

const REFUSAL = 'reason message shortfall { minorUnits currency } retryAfterSeconds';
const USE = `__typename
  ... on RedeemPayload { replayed redemption {
    id status customerId subscriptionId countedByProvider heldUntil discountAmount { minorUnits currency }
  } }
  ... on PromotionInputError { issues { path message } }
  ... on PromotionProviderError { kind retryable }
  ... on RedemptionRefusedError { ${REFUSAL} }
  ... on PromotionError { message }`;
const REDEEM = `mutation ($input: RedeemPromoCodeInput!) { redeemPromoCode(input: $input) { ${USE} } }`;
const HOLD = `mutation ($input: HoldPromoCodeInput!) { holdPromoCode(input: $input) { ${USE} } }`;
const REDEEM_COUPON = `mutation ($input: RedeemCouponInput!) { redeemCoupon(input: $input) { ${USE} } }`;
const CONFIRM = `mutation ($input: ConfirmRedemptionInput!) { confirmRedemption(input: $input) { ${USE} } }`;
const CANCEL = `mutation ($id: ID!) { cancelRedemption(input: { id: $id }) { ${USE} } }`;
const QUOTE = `query ($input: QuotePromoCodeInput!) {
  quotePromoCode(input: $input) { ... on PromoCodeQuote {
    eligible refusal { ${REFUSAL} } discountAmount { minorUnits currency } payableAmount { minorUnits currency }
  } }
}`;
const CREATE_PROMO_CODE = `mutation ($input: CreatePromoCodeInput!) {
  createPromoCode(input: $input) {
    ... on CreatePromoCodePayload { promoCode { id code providerId expiresAt } } ... on PromotionError { message }
  }
}`;
const CREATE_COUPON = `mutation ($input: CreateCouponInput!) {
  createCoupon(input: $input) { ... on CreateCouponPayload { coupon { id providerId } } ... on PromotionError { message } }
}`;
const UPDATE_PROMO_CODE = `mutation ($input: UpdatePromoCodeInput!) {
  updatePromoCode(input: $input) { __typename ... on PromotionError { message } }
}`;
const LEDGER = `{
  promoCodes(first: 100) { totalCount nodes { id redeemedCount heldCount } }
  coupons(first: 100) { totalCount nodes { id redeemedCount heldCount } }
  redemptions(first: 100) { totalCount nodes { id status } }
}`;

/** Flexprice's searches are sent as bodies. */
export function isWrite({ method, path }: Pick<ReceivedCall, 'method' | 'path'>): boolean {
  return method !== 'GET' && !path.endsWith('/search');
}

/** A use that something stands in the way of. */
export interface Obstructed {
  use: Json;
  /** What the refusal tells beside its reason. */
  details?: Json;
  /** Takes the obstacle away. */
  cure?: () => unknown;
  /** What the input has to say instead, where nothing else takes the obstacle away. */
  instead?: Json;
}
/** Why a use is refused, and how the test brings that about. */
export type Obstacle = [reason: string, what: string, arrange: () => Promise<Obstructed>];

let keys = 0;

/**
 * What a shop asks of a gateway, each in one word, and what has to hold whenever a use is refused.
 * @param headers who asks, where the gateway has keys
 */
export function openShop(
  gateway: Pick<RunningGateway, 'run' | 'now' | 'duro' | 'flexprice' | 'chatdash'>,
  headers = {},
) {
  const newKey = () => `shop-${++keys}`;
  const sandboxes = [gateway.duro, gateway.flexprice, gateway.chatdash];

  const redeem = async (input: Json): Promise<Json> =>
    (await gateway.run(REDEEM, { input: { idempotencyKey: newKey(), ...input } }, headers)).redeemPromoCode;
  const hold = async (input: Json): Promise<Json> =>
    (await gateway.run(HOLD, { input: { idempotencyKey: newKey(), ...input } }, headers)).holdPromoCode;
  const redeemCoupon = async (input: Json): Promise<Json> =>
    (await gateway.run(REDEEM_COUPON, { input: { idempotencyKey: newKey(), ...input } }, headers)).redeemCoupon;
  const quote = async (input: Json): Promise<Json> => (await gateway.run(QUOTE, { input }, headers)).quotePromoCode;

  /** Everything that a use writes, and how many calls that change something the providers have received. */
  const ledger = async (): Promise<Json> => ({
    ...(await gateway.run(LEDGER, undefined, headers)),
    writes: sandboxes.flatMap(({ calls }) => calls.filter(isWrite)).length,
  });

  function expectFitToShow({ reason, message }: Json): void {
    expect(message).toMatch(/^[A-Z][a-z].*\.$/);
    expect(message).not.toMatch(/[A-Z]{2}|_|http/);
    for (const { url } of sandboxes) expect(message).not.toContain(new URL(url).port);
    expect(message).not.toContain(reason);
  }

  /**
   * A quote and both ways of using the code give the one refusal, and nothing is written. The keys that they were tried
   * under are free: once nothing stands in the way, the order gets a hold under one and redeems it under the other.
   */
  async function expectRefused(reason: string, { use, details, cure, instead }: Obstructed): Promise<void> {
    const [redeemKey, holdKey] = [newKey(), newKey()];
    const before = await ledger();
    const { eligible, refusal } = await quote(use);
    const nothing = { shortfall: null, retryAfterSeconds: null };
    expect({ eligible, ...refusal, message: '' }).toEqual({
      eligible: false,
      reason,
      message: '',
      ...nothing,
      ...details,
    });
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
    redeem,
    hold,
    redeemCoupon,
    quote,
    ledger,
    expectFitToShow,
    expectRefused,
    confirm: async (id: string, input: Json = {}): Promise<Json> =>
      (await gateway.run(CONFIRM, { input: { id, ...input } }, headers)).confirmRedemption,
    cancel: async (id: string): Promise<Json> => (await gateway.run(CANCEL, { id }, headers)).cancelRedemption,
    /** An instant as the API takes it, counted from the gateway's clock. */
    inSeconds: (seconds: number) => new Date(gateway.now() + seconds * 1000).toISOString(),
    async createPromoCode(input: Json = {}): Promise<Json> {
      const terms = input.couponId ? {} : { discount: { percentage: '10' } };
      const { createPromoCode } = await gateway.run(
        CREATE_PROMO_CODE,
        {
          input: { provider: 'DURO', allowGatewayRules: true, ...terms, ...input },
        },
        headers,
      );
      expect(createPromoCode.message).toBeUndefined();
      return createPromoCode.promoCode;
    },
    async createCoupon(input: Json = {}): Promise<Json> {
      const terms = { name: 'Ten', discount: { percentage: '10' } };
      const { createCoupon } = await gateway.run(
        CREATE_COUPON,
        {
          input: { provider: 'STRIPE_CONNECT', allowGatewayRules: true, ...terms, ...input },
        },
        headers,
      );
      expect(createCoupon.message).toBeUndefined();
      return createCoupon.coupon;
    },
    async update(input: Json): Promise<void> {
      const { updatePromoCode } = await gateway.run(
        UPDATE_PROMO_CODE,
        {
          input: { allowGatewayRules: true, ...input },
        },
        headers,
      );
      expect(updatePromoCode.message).toBeUndefined();
    },
  };
}

export type Shop = ReturnType<typeof openShop>;
