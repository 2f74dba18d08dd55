import { z } from 'zod';
import { type Answer, jsonAnswer } from '../server/answer.ts';
import { type ApiCall, parseJson } from '../server/call.ts';
import { answerByRoute, type Route, route } from '../server/routes.ts';
import { type CouponDocument, newCoupon } from '../stripe/coupon.ts';
import { noSuch, type StripeRefuse } from '../stripe/errors.ts';
import type { PromotionCodeDocument } from '../stripe/promotion-code.ts';
import { stripeParameters } from '../stripe/requests/stripe-parameters.ts';
import type { StripeAccount, StripeAccounts } from '../stripe/stripe-accounts.ts';
import { chatdashRefusal } from './errors.ts';
import { forwardedPromotionCode, returnedCoupon, returnedPromotionCode } from './forwarded.ts';
import { listPage } from './list.ts';
import type { ChatdashSwitches } from './switches.ts';

interface ChatdashApi {
  accounts: StripeAccounts;
  apiKey: string;
  clock: () => number;
  switches: ChatdashSwitches;
  /** Builds refusals with Stripe's texts. */
  refuse: StripeRefuse;
}

/** The part of ChatDash's public API for coupons and promotion codes of connected accounts. */
export function createChatdashApi(api: ChatdashApi): (call: ApiCall) => Answer {
  const keys = api.switches.bearerPrefix === 'allowed' ? [api.apiKey, `Bearer ${api.apiKey}`] : [api.apiKey];
  const routes = [...couponRoutes(api), ...promotionCodeRoutes(api)];
  return (call) => {
    if (!keys.includes(call.headers.authorization ?? '')) throw chatdashRefusal(401, 'Unauthorized');
    const answer = answerByRoute(routes, call);
    if (answer === undefined) throw chatdashRefusal(404, 'Not found');
    return answer;
  };
}

const ACCOUNT_PATH = '/v1/public/stripe/connect/accounts/:account';

function couponRoutes(api: ChatdashApi): Route[] {
  const { clock, refuse, switches } = api;
  return [
    route('POST', `${ACCOUNT_PATH}/coupons`, ({ text }, accountId) => {
      const account = openAccount(api, accountId);
      const { id, ...data } = bodyData(text);
      const parameters = stripeParameters(switches.couponIds === 'chosen' ? { id, ...data } : data, refuse);
      // The minimum in ChatDash's reference. Stripe itself would accept 0.01.
      parameters.decimal('percent_off', { min: 1, max: 100 });
      const coupon = newCoupon(parameters, { account: account.id, now: clock(), refuse, refusesForeverAmounts: false });
      if (account.coupon(coupon.id) !== undefined) throw refuse('Coupon already exists.');
      account.putCoupon(coupon);
      return jsonAnswer(201, returnedCoupon(coupon, clock()));
    }),
    route('GET', `${ACCOUNT_PATH}/coupons`, ({ query }, accountId) => {
      const coupons = openAccount(api, accountId).coupons();
      const page = listPage(coupons, new URLSearchParams(query), { itemName: 'coupon', refuse });
      return jsonAnswer(200, { ...page, data: page.data.map((coupon) => returnedCoupon(coupon, clock())) });
    }),
    route('PUT', `${ACCOUNT_PATH}/coupons/:id`, ({ text }, accountId, id) => {
      const account = openAccount(api, accountId);
      const name = requiredField(bodyData(text), 'name', refuse);
      const coupon = { ...existingCoupon(account, id, refuse), name };
      account.putCoupon(coupon);
      return jsonAnswer(200, returnedCoupon(coupon, clock()));
    }),
  ];
}

function promotionCodeRoutes(api: ChatdashApi): Route[] {
  const { clock, refuse, switches } = api;
  const shown = (promotionCode: PromotionCodeDocument, coupon: CouponDocument) =>
    returnedPromotionCode(promotionCode, coupon, { switches, now: clock(), refuse });
  return [
    route('POST', `${ACCOUNT_PATH}/promotion-codes`, ({ text }, accountId) => {
      const account = openAccount(api, accountId);
      const data = bodyData(text);
      const couponId = requiredField(data, 'coupon', refuse);
      const coupon = account.coupon(couponId);
      if (coupon === undefined) throw noSuch(refuse, 'coupon', couponId, { status: 400 });
      const promotionCode = forwardedPromotionCode(coupon, data, { switches, now: clock(), refuse });
      if (account.conflictWith(promotionCode) !== undefined) {
        throw refuse(`An active promotion code with \`code: ${promotionCode.code}\` already exists.`);
      }
      return jsonAnswer(201, shown(account.putPromotionCode(promotionCode), coupon));
    }),
    route('GET', `${ACCOUNT_PATH}/coupons/:id/promotion-codes`, ({ query }, accountId, id) => {
      const account = openAccount(api, accountId);
      const coupon = existingCoupon(account, id, refuse);
      const promotionCodes = account.promotionCodes().filter((one) => one.coupon === id);
      const page = listPage(promotionCodes, new URLSearchParams(query), { itemName: 'promotion code', refuse });
      return jsonAnswer(200, { ...page, data: page.data.map((promotionCode) => shown(promotionCode, coupon)) });
    }),
  ];
}

function openAccount({ accounts, refuse }: ChatdashApi, accountId: string): StripeAccount {
  if (/^acct_\w+$/.test(accountId)) return accounts.open(accountId);
  throw refuse(
    `The provided key 'sk_test_***' does not have access to account '${accountId}' (or that account does not exist). ` +
      'Application access may have been revoked.',
    { status: 403 },
  );
}

function existingCoupon(account: StripeAccount, id: string, refuse: StripeRefuse): CouponDocument {
  const coupon = account.coupon(id);
  if (coupon === undefined) throw noSuch(refuse, 'coupon', id);
  return coupon;
}

const Body = z.object({ data: z.record(z.string(), z.unknown()) });

/** The fields under `data`. */
function bodyData(text: string): Record<string, unknown> {
  const body = parseJson(text);
  if (body === undefined) throw chatdashRefusal(400, 'Invalid JSON');
  const { success, data } = Body.safeParse(body);
  if (!success) throw chatdashRefusal(400, 'Missing required field: data');
  return data.data;
}

function requiredField(data: Record<string, unknown>, name: string, refuse: StripeRefuse): string {
  const value = stripeParameters(data, refuse).text(name);
  if (value === null) throw chatdashRefusal(400, `Missing required field: ${name}`);
  return value;
}
