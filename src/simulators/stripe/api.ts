import { type Answer, answerOrRefusal, jsonAnswer } from '../server/answer.ts';
import type { ApiCall } from '../server/call.ts';
import { answerByRoute, route } from '../server/routes.ts';
import { randomText } from '../server/ulid.ts';
import { ALPHANUMERIC } from './coupon.ts';
import { couponRoutes } from './coupons.ts';
import { stripeRefusal as refuse } from './errors.ts';
import { promotionCodeRoutes } from './promotion-codes.ts';
import { accountOf, isLiveKey, type StripeAccess } from './requests/credentials.ts';
import { decodeForm } from './requests/form.ts';
import type { IdempotentRequests } from './requests/idempotent-requests.ts';
import type { StripeRequest } from './requests/request.ts';
import { stripeVersion } from './requests/stripe-version.ts';
import type { StripeAccounts } from './stripe-accounts.ts';

interface StripeApi {
  accounts: StripeAccounts;
  access: StripeAccess;
  idempotency: IdempotentRequests;
  /** The version of calls without `Stripe-Version`. */
  defaultVersion: string;
  clock: () => number;
}

/** The part of Stripe's API for coupons and promotion codes. */
export function createStripeApi(api: StripeApi): (call: ApiCall) => Answer {
  return (call) => {
    const id = `req_${randomText(ALPHANUMERIC, 14)}`;
    const { status, headers, body } = answerOrRefusal(() => answered(api, call, id));
    return { status, headers: { ...headers, 'request-id': id }, body };
  };
}

function answered(api: StripeApi, call: ApiCall, id: string): Answer {
  const { accounts, access, idempotency, clock } = api;
  const accountId = accountOf(call, access, refuse);
  const version = stripeVersion(call.headers['stripe-version'] ?? api.defaultVersion, refuse);
  const request: StripeRequest = {
    id,
    account: accounts.open(accountId),
    version,
    now: clock(),
    isLive: isLiveKey(access.apiKey),
    form: decodeForm(call.method === 'POST' ? call.text : call.query),
    refuse,
  };
  const answer = idempotency.answer(call, { account: accountId, requestId: id }, () => executed(request, call));
  const { 'stripe-account': stripeAccount } = call.headers;
  const echo = { 'stripe-version': version.name, ...(stripeAccount && { 'stripe-account': stripeAccount }) };
  return { ...answer, headers: { ...answer.headers, ...echo } };
}

function executed(request: StripeRequest, call: ApiCall): Answer {
  const ownAccount = route('GET', '/v1/account', () =>
    jsonAnswer(200, { id: request.account.id, object: 'account', type: 'standard' }),
  );
  const answer = answerByRoute([...couponRoutes(request), ...promotionCodeRoutes(request), ownAccount], call);
  if (answer !== undefined) return answer;
  throw refuse(`Unrecognized request URL (${call.method}: ${call.path}).`, { status: 404 });
}
