import { type Answer, answerOrRefusal, jsonAnswer, Refusal, textAnswer } from '../server/answer.ts';
import type { ApiCall } from '../server/call.ts';
import type { Collection } from '../server/documents.ts';
import { answerByRoute, type Route, route } from '../server/routes.ts';
import { ulid } from '../server/ulid.ts';
import { shownCoupon, storedCode } from './coupon.ts';
import { type Coupons, UpdateCouponBody } from './coupons.ts';
import type { Refuse } from './errors.ts';
import { goBody } from './go-json.ts';
import { CreateCouponBody } from './new-coupon.ts';
import { byAge } from './paging.ts';
import { SearchBody, searchCoupons, searchOfQuery } from './search.ts';
import { type AssociationDocument, shownAssociation } from './subscriptions/association.ts';
import { listAssociations } from './subscriptions/association-list.ts';
import { ModificationBody, type ModifySubscription } from './subscriptions/modification.ts';
import { type FindSubscription, shownSubscription } from './subscriptions/subscription-finder.ts';
import type { FlexpriceSwitches } from './switches.ts';

interface FlexpriceApi {
  coupons: Coupons;
  associations: Collection<AssociationDocument>;
  findSubscription: FindSubscription;
  modify: ModifySubscription;
  apiKey: string;
  clock: () => number;
  switches: FlexpriceSwitches;
  refuse: Refuse;
}

/** The part of Flexprice's API for coupons and their use on subscriptions. */
export function createFlexpriceApi(api: FlexpriceApi): (call: ApiCall) => Answer {
  const { couponCodes } = api.switches;
  const newerRoutes = couponCodes === 'supported' ? [...byCodeRoutes(api), ...associationRoutes(api)] : [];
  const routes = [...newerRoutes, ...couponRoutes(api)].map((one) => requireKey(one, api.apiKey));
  return (call) => {
    const answer = answerOrRefusal(() => answerByRoute(routes, call) ?? unknownRoute());
    const requestId = call.headers['x-request-id'] || ulid(api.clock());
    return { ...answer, headers: { ...answer.headers, 'x-request-id': requestId } };
  };
}

function unknownRoute(): Answer {
  return textAnswer(404, '404 page not found');
}

/** Checks the API key per route, because Flexprice answers an unknown route with 404 even without a key. */
function requireKey({ answer, ...open }: Route, apiKey: string): Route {
  return {
    ...open,
    answer(call, ...parameters) {
      const { 'x-api-key': key, authorization } = call.headers;
      if (key === apiKey) return answer(call, ...parameters);
      if (!authorization) throw unauthorized('Unauthorized');
      throw unauthorized(authorization.startsWith('Bearer ') ? 'Invalid token' : 'Invalid authorization header format');
    },
  };
}

/** A middleware sends this answer, so it does not have the usual shape of errors. */
function unauthorized(error: string): Refusal {
  return new Refusal(jsonAnswer(401, { error }));
}

function couponRoutes({ coupons, refuse, switches }: FlexpriceApi): Route[] {
  const search = (body: SearchBody) => jsonAnswer(200, searchCoupons(coupons.all(), body, { refuse, switches }));
  return [
    route('POST', '/v1/coupons', ({ text }) => {
      return jsonAnswer(201, shownCoupon(coupons.create(goBody(text, CreateCouponBody, refuse))));
    }),
    route('GET', '/v1/coupons', ({ query }) => search(searchOfQuery(new URLSearchParams(query), refuse))),
    route('POST', '/v1/coupons/search', ({ text }) => search(goBody(text, SearchBody, refuse))),
    route('GET', '/v1/coupons/:id', (_, id) => jsonAnswer(200, shownCoupon(coupons.byId(id)))),
    route('PUT', '/v1/coupons/:id', ({ text }, id) => {
      return jsonAnswer(200, shownCoupon(coupons.update(id, goBody(text, UpdateCouponBody, refuse))));
    }),
    route('DELETE', '/v1/coupons/:id', (_, id) => {
      coupons.archive(id);
      return jsonAnswer(200, { message: 'Coupon deleted successfully' });
    }),
  ];
}

function byCodeRoutes({ coupons, refuse }: FlexpriceApi): Route[] {
  const byCode = route('GET', '/v1/coupons/code/:code', (_, code) => {
    // Flexprice decodes a path before routing, so a code with a slash, even an encoded one, matches no route.
    if (code.includes('/')) return unknownRoute();
    if (storedCode(code) === '') throw refuse('validation_error');
    const coupon = coupons.byCode(code);
    if (coupon !== undefined) return jsonAnswer(200, shownCoupon(coupon));
    throw refuse('not_found', `Coupon with code '${code}' was not found`, { coupon_code: code });
  });
  return [byCode];
}

function associationRoutes({ coupons, associations, findSubscription, modify, clock, refuse }: FlexpriceApi): Route[] {
  const shown = (association: AssociationDocument) => shownAssociation(association, coupons.row(association.coupon_id));
  return [
    route('GET', '/v1/coupons/associations', ({ query }) => {
      const terms = { refuse, now: clock() };
      const { items, pagination } = listAssociations(associations.all(), new URLSearchParams(query), terms);
      return jsonAnswer(200, { items: items.map(shown), pagination });
    }),
    route('GET', '/v1/coupons/associations/:id', (_, id) => {
      const association = associations.get(id);
      if (association === undefined) throw refuse('not_found', 'Coupon association not found', { id });
      return jsonAnswer(200, shown(association));
    }),
    route('GET', '/v1/subscriptions/:id', (_, id) => {
      const subscription = shownSubscription(findSubscription(id));
      const own = associations.all().filter(({ subscription_id }) => subscription_id === id);
      return jsonAnswer(200, { ...subscription, coupon_associations: byAge(own, 'desc').slice(0, 50).map(shown) });
    }),
    route('POST', '/v1/subscriptions/:id/modify/execute', ({ text }, id) => {
      modify(id, goBody(text, ModificationBody, refuse));
      return jsonAnswer(200, { subscription: shownSubscription(findSubscription(id)), changed_resources: {} });
    }),
  ];
}
