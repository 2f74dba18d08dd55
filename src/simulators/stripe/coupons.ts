import { jsonAnswer } from '../server/answer.ts';
import { type Route, route } from '../server/routes.ts';
import {
  COUPON_CREATION,
  COUPON_EXPANDABLE,
  COUPON_UPDATE,
  type CouponDocument,
  changedCoupon,
  newCoupon,
  shownCoupon,
} from './coupon.ts';
import { noSuch } from './errors.ts';
import { type Expansion, expansionOf, pathsThrough } from './requests/expansion.ts';
import { LIST_PARAMETERS, listPage } from './requests/list-page.ts';
import { readRequest, type StripeRequest } from './requests/request.ts';

/** The endpoints of coupons. */
export function couponRoutes(request: StripeRequest): Route[] {
  const { account, now, version, refuse } = request;
  const shown = (coupon: CouponDocument, expansion?: Expansion) => shownCoupon(coupon, { ...request, expansion });
  return [
    route('POST', '/v1/coupons', () => {
      const { parameters, expansion } = readRequest(request, COUPON_CREATION, COUPON_EXPANDABLE);
      const { refusesForeverAmounts } = version;
      const coupon = newCoupon(parameters, { account: account.id, now, refuse, refusesForeverAmounts });
      if (account.coupon(coupon.id) !== undefined) {
        throw refuse('Coupon already exists.', { code: 'resource_already_exists', isExecuted: true });
      }
      account.putCoupon(coupon);
      return jsonAnswer(200, shown(coupon, expansion));
    }),
    route('GET', '/v1/coupons', () => {
      const paths = pathsThrough('data', COUPON_EXPANDABLE);
      const { parameters, expansion } = readRequest(request, LIST_PARAMETERS, paths);
      const page = listPage(account.coupons(), parameters, { url: '/v1/coupons', noun: 'coupon', refuse });
      const ofItem = expansionOf(expansion, 'data');
      return jsonAnswer(200, { ...page, data: page.data.map((coupon) => shown(coupon, ofItem)) });
    }),
    route('GET', '/v1/coupons/:id', (_, id) => {
      const { expansion } = readRequest(request, { expand: LIST_PARAMETERS.expand }, COUPON_EXPANDABLE);
      return jsonAnswer(200, shown(existingCoupon(request, id), expansion));
    }),
    route('POST', '/v1/coupons/:id', (_, id) => {
      const { parameters, expansion } = readRequest(request, COUPON_UPDATE, COUPON_EXPANDABLE);
      const coupon = changedCoupon(existingCoupon(request, id), parameters, refuse);
      account.putCoupon(coupon);
      return jsonAnswer(200, shown(coupon, expansion));
    }),
    route('DELETE', '/v1/coupons/:id', (_, id) => {
      readRequest(request, {}, []);
      account.putCoupon({ ...existingCoupon(request, id), isDeleted: true });
      return jsonAnswer(200, { id, object: 'coupon', deleted: true });
    }),
  ];
}

function existingCoupon({ account, refuse }: StripeRequest, id: string): CouponDocument {
  const coupon = account.coupon(id);
  if (coupon === undefined) throw noSuch(refuse, 'coupon', id);
  return coupon;
}
