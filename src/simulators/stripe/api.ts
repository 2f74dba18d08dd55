import { type Answer, answerOrRefusal, jsonAnswer } from '../server/answer.ts';
import type { ApiCall } from '../server/call.ts';
import type { Collection } from '../server/documents.ts';
import { answerByRoute, route } from '../server/routes.ts';
import { randomText } from '../server/ulid.ts';
import { ALPHANUMERIC } from './coupon.ts';
import { couponRoutes } from './coupons.ts';
import { stripeRefusal as refuse } from './errors.ts';
import { eventRoutes } from './events/event-routes.ts';
import type { StripeEvent } from './events/stripe-event.ts';
import type { WebhookEndpoint } from './events/webhook-sender.ts';
import { promotionCodeRoutes } from './promotion-codes.ts';
import { accountOf, isLiveKey, type StripeAccess } from './requests/credentials.ts';
import { decodeForm } from './requests/form.ts';
import type { IdempotentRequests } from './requests/idempotent-requests.ts';
import type { StripeRequest } from './requests/request.ts';
import type { CheckRate } from './requests/request-rate.ts';
import { stripeVersion } from './requests/stripe-version.ts';
import type { StripeAccounts } from './stripe-accounts.ts';
import { customerRoutes } from './subscriptions/customer-routes.ts';
import { subscriptionRoutes } from './subscriptions/subscription-routes.ts';
import type { StripeSwitches } from './switches.ts';

interface StripeApi {
  accounts: StripeAccounts;
  access: StripeAccess;
  idempotency: IdempotentRequests;
  checkRate: CheckRate;
  events: Collection<StripeEvent>;
  endpoints: Collection<WebhookEndpoint>;
  /** The version of calls without `Stripe-Version`. */
  defaultVersion: string;
  switches: StripeSwitches;
  clock: () => number;
}

/** The part of Stripe's API for coupons, promotion codes, and discounts on subscriptions. */
export function createStripeApi(api: StripeApi): (call: ApiCall) => Answer {
  return (call) => {
    const id = `req_${randomText(ALPHANUMERIC, 14)}`;
    const { status, headers, body } = answerOrRefusal(() => answered(api, call, id));
    return { status, headers: { ...headers, 'request-id': id }, body };
  };
}

function answered(api: StripeApi, call: ApiCall, id: string): Answer {
  const { accounts, access, idempotency, checkRate, switches, clock } = api;
  const accountId = accountOf(call, access, refuse);
  checkRate(call, accountId);
  const version = stripeVersion(call.headers['stripe-version'] ?? api.defaultVersion, refuse);
  const request: StripeRequest = {
    id,
    account: accounts.open(accountId, { id, idempotency_key: call.headers['idempotency-key'] ?? null }),
    version,
    now: clock(),
    isLive: isLiveKey(access.apiKey),
    form: decodeForm(call.method === 'POST' ? call.text : call.query),
    switches,
    refuse,
  };
  const answer = idempotency.answer(call, { account: accountId, requestId: id }, () => executed(api, request, call));
  const { 'stripe-account': stripeAccount } = call.headers;
  const echo = { 'stripe-version': version.name, ...(stripeAccount && { 'stripe-account': stripeAccount }) };
  return { ...answer, headers: { ...answer.headers, ...echo } };
}

function executed({ access, events, endpoints }: StripeApi, request: StripeRequest, call: ApiCall): Answer {
  const routes = [
    ...couponRoutes(request),
    ...promotionCodeRoutes(request),
    ...subscriptionRoutes(request),
    ...customerRoutes(request),
    ...eventRoutes(request, { events, endpoints, platform: access.platform }),
    route('GET', '/v1/account', () => jsonAnswer(200, { id: request.account.id, object: 'account', type: 'standard' })),
  ];
  const answer = answerByRoute(routes, call);
  if (answer !== undefined) return answer;
  throw refuse(`Unrecognized request URL (${call.method}: ${call.path}).`, { status: 404 });
}
