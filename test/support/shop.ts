import { expect } from 'vitest';
import type { ReceivedCall } from '../../src/simulators/index.ts';
import {
  type Exclusive,
  type Input,
  MONEY,
  type MutationName,
  mutate,
  payloadOf,
  REFUSAL,
  type Result,
} from './mutations.ts';
import type { DataOf } from './schema/data-of.ts';
import type { Json, RunningGateway } from './start-gateway.ts';

const QUOTE = `query ($input: QuotePromoCodeInput!) {
  quotePromoCode(input: $input) {
    __typename
    ... on PromoCodeQuote {
      eligible refusal { ${REFUSAL} } promoCode { id code } discountAmount ${MONEY} payableAmount ${MONEY} asOf
    }
    ... on PromotionInputError { issues { path message } }
  }
}` as const;
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

/** The answer to a quote. Only the fields of its own member are present. */
export type Quote = Exclusive<NonNullable<DataOf<typeof QUOTE>['quotePromoCode']>>;
export type PromoCode = NonNullable<Result<'createPromoCode'>['promoCode']>;
export type Coupon = NonNullable<Result<'createCoupon'>['coupon']>;

/**
 * The requests of a shop to a gateway, and checks of refusals. Each use gets its own idempotency key unless its input
 * names one.
 * @param headers the credentials of the shop, for a gateway with API keys
 */
export function openShop(gateway: Pick<RunningGateway, 'run' | 'now' | 'simulators'>, headers = {}) {
  const newKey = () => `shop-${++keys}`;
  const simulators = Object.values(gateway.simulators);
  const send = <Name extends MutationName>(mutation: Name, input: Input) =>
    mutate(gateway.run, mutation, input, headers);
  const use =
    <Name extends MutationName>(mutation: Name) =>
    (input: Input): Promise<Result<Name>> =>
      send(mutation, { idempotencyKey: newKey(), ...input });
  const [redeem, hold, redeemCoupon] = [use('redeemPromoCode'), use('holdPromoCode'), use('redeemCoupon')];
  const quote = async (input: Input): Promise<Quote> => {
    const { quotePromoCode } = await gateway.run(QUOTE, { input }, headers);
    if (!quotePromoCode) throw new Error('There is no quote');
    return quotePromoCode;
  };
  const tryCreatePromoCode = (input: Input = {}) =>
    send('createPromoCode', { provider: 'DURO', ...(!input.couponId && TEN_PERCENT), ...input });
  const tryCreateCoupon = (input: Input = {}) =>
    send('createCoupon', { provider: 'STRIPE_CONNECT', name: 'Ten', ...TEN_PERCENT, ...input });

  /** The part of the store that uses change, and the number of writes that the providers have received. */
  const ledger = async (): Promise<Json> => ({
    ...(await gateway.run(LEDGER, undefined, headers)),
    writes: simulators.flatMap(({ calls }) => calls.filter(isWrite)).length,
  });

  /** Expects a message that customers can read. */
  function expectFitToShow({ reason, message }: { reason: string; message: string }): void {
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
    if (!refusal) throw new Error('The quote has no refusal');
    const expected = { eligible: false, reason, message: '', shortfall: null, retryAfterSeconds: null, ...details };
    expect({ eligible, ...refusal, message: '' }).toEqual(expected);
    const refused = { __typename: 'RedemptionRefusedError', ...refusal };
    expect(await redeem({ ...use, idempotencyKey: redeemKey })).toEqual(refused);
    expect(await hold({ ...use, idempotencyKey: holdKey })).toEqual(refused);
    expect(await ledger()).toEqual(before);
    expectFitToShow(refusal);

    await cure?.();
    const free = { ...use, ...instead, order: { ...use.order, ...instead?.order } };
    const held = payloadOf(await hold({ ...free, idempotencyKey: holdKey }));
    expect(held).toMatchObject({ replayed: false, redemption: { status: 'HELD' } });
    expect(await redeem({ ...free, idempotencyKey: redeemKey })).toMatchObject({
      replayed: false,
      redemption: { id: held.redemption.id, status: 'REDEEMED' },
    });
  }

  return {
    newKey,
    /** An order with a new id. */
    newOrder: (more: Input = {}) => ({ id: newKey(), ...more }),
    redeem,
    hold,
    redeemCoupon,
    quote,
    ledger,
    expectFitToShow,
    expectRefused,
    confirm: (id: string, input: Input = {}) => send('confirmRedemption', { id, ...input }),
    cancel: (id: string, input: Input = {}) => send('cancelRedemption', { id, ...input }),
    /** The instant some seconds from now by the gateway's clock, as the API takes it. */
    inSeconds: (seconds: number) => new Date(gateway.now() + seconds * 1000).toISOString(),
    /* Each `try…` returns any result of its mutation; the others expect success. */
    tryCreatePromoCode,
    tryCreateCoupon,
    tryUpdatePromoCode: (input: Input) => send('updatePromoCode', input),
    tryUpdateCoupon: (input: Input) => send('updateCoupon', input),
    tryArchiveCoupon: (input: Input) => send('archiveCoupon', input),
    async createPromoCode(input: Input = {}): Promise<PromoCode> {
      return payloadOf(await tryCreatePromoCode({ allowGatewayRules: true, ...input })).promoCode;
    },
    async createCoupon(input: Input = {}): Promise<Coupon> {
      return payloadOf(await tryCreateCoupon({ allowGatewayRules: true, ...input })).coupon;
    },
    async update(input: Input): Promise<void> {
      payloadOf(await send('updatePromoCode', { allowGatewayRules: true, ...input }));
    },
  };
}

export type Shop = ReturnType<typeof openShop>;
