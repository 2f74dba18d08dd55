import { jsonAnswer } from '../server/answer.ts';
import { type Route, route } from '../server/routes.ts';
import type { CouponDocument } from './coupon.ts';
import { noSuch } from './errors.ts';
import {
  changedPromotionCode,
  newPromotionCode,
  PROMOTION_CODE_UPDATE,
  promotionCodeCreation,
} from './new-promotion-code.ts';
import { type PromotionCodeDocument, promotionCodeExpandable, shownPromotionCode } from './promotion-code.ts';
import { type Expansion, expansionOf, pathsThrough } from './requests/expansion.ts';
import { ANY } from './requests/known-parameters.ts';
import { LIST_PARAMETERS, listPage } from './requests/list-page.ts';
import { readRequest, type StripeRequest } from './requests/request.ts';
import type { Parameters } from './requests/stripe-parameters.ts';
import { existingCustomer } from './subscriptions/customer-routes.ts';

const LIST_FILTERS = { active: ANY, code: ANY, coupon: ANY, customer: ANY, customer_account: ANY } as const;

/** The endpoints of promotion codes. There is none that deletes one. */
export function promotionCodeRoutes(request: StripeRequest): Route[] {
  const { account, version, now, refuse } = request;
  const expandable = promotionCodeExpandable(version);
  const shown = (promotionCode: PromotionCodeDocument, expansion: Expansion) =>
    shownPromotionCode(promotionCode, { ...request, coupon: account.couponOf(promotionCode), expansion });
  return [
    route('POST', '/v1/promotion_codes', () => {
      const { parameters, expansion } = readRequest(request, promotionCodeCreation(version), expandable);
      const coupon = couponToUse(request, parameters);
      const promotionCode = newPromotionCode(coupon, parameters, { now, refuse });
      const { customer } = promotionCode;
      if (customer !== null) existingCustomer(request, customer, { status: 400 });
      checkConflict(request, promotionCode);
      return jsonAnswer(200, shown(account.putPromotionCode(promotionCode), expansion));
    }),
    route('GET', '/v1/promotion_codes', () => {
      const known = { ...LIST_PARAMETERS, ...LIST_FILTERS };
      const { parameters, expansion } = readRequest(request, known, pathsThrough('data', expandable));
      const page = listPage(account.promotionCodes(), parameters, {
        url: '/v1/promotion_codes',
        noun: 'promotion code',
        isWanted: filterOf(parameters),
        refuse,
      });
      const ofItem = expansionOf(expansion, 'data');
      return jsonAnswer(200, { ...page, data: page.data.map((promotionCode) => shown(promotionCode, ofItem)) });
    }),
    route('GET', '/v1/promotion_codes/:id', (_, id) => {
      const { expansion } = readRequest(request, { expand: ANY }, expandable);
      return jsonAnswer(200, shown(existingCode(request, id), expansion));
    }),
    route('POST', '/v1/promotion_codes/:id', (_, id) => {
      const { parameters, expansion } = readRequest(request, PROMOTION_CODE_UPDATE, expandable);
      const before = existingCode(request, id);
      const promotionCode = changedPromotionCode(before, parameters, refuse);
      if (parameters.boolean('active') === true) checkActivation(request, promotionCode);
      return jsonAnswer(200, shown(account.putPromotionCode(promotionCode), expansion));
    }),
  ];
}

function couponToUse({ account, version, refuse }: StripeRequest, parameters: Parameters): CouponDocument {
  const { id, param } = version.hasPromotions
    ? { id: promotedCoupon(parameters, refuse), param: 'promotion[coupon]' }
    : { id: parameters.requiredText('coupon'), param: 'coupon' };
  const coupon = account.coupon(id);
  if (coupon === undefined) throw noSuch(refuse, 'coupon', id, { status: 400, param, isExecuted: true });
  return coupon;
}

function promotedCoupon(parameters: Parameters, refuse: StripeRequest['refuse']): string {
  if (!parameters.has('promotion')) parameters.requiredText('promotion');
  const promotion = parameters.nested('promotion');
  const type = promotion.requiredText('type');
  if (type !== 'coupon') throw refuse('Invalid promotion[type]: must be coupon', { param: 'promotion[type]' });
  const id = promotion.text('coupon');
  if (id !== null) return id;
  throw refuse('You must pass promotion.coupon when passing promotion', { param: 'promotion.coupon' });
}

function checkConflict({ account, refuse }: StripeRequest, promotionCode: PromotionCodeDocument): void {
  if (!promotionCode.active || account.conflictWith(promotionCode) === undefined) return;
  throw refuse(`An active promotion code with \`code: ${promotionCode.code}\` already exists.`, { isExecuted: true });
}

function checkActivation(request: StripeRequest, promotionCode: PromotionCodeDocument): void {
  if (promotionCode.isEnded) {
    throw request.refuse(
      'This promotion code cannot be activated, because it has expired, it has been used the maximum number of times, ' +
        'or its coupon is not valid.',
      { param: 'active', isExecuted: true },
    );
  }
  checkConflict(request, promotionCode);
}

function existingCode({ account, refuse }: StripeRequest, id: string): PromotionCodeDocument {
  const promotionCode = account.promotionCode(id);
  if (promotionCode === undefined) throw noSuch(refuse, 'promotion code', id);
  return promotionCode;
}

/** @throws {Refusal} for a filter that is no boolean */
function filterOf(parameters: Parameters): (promotionCode: PromotionCodeDocument) => boolean {
  const active = parameters.boolean('active');
  const code = parameters.text('code')?.toLowerCase();
  const equal = (['coupon', 'customer', 'customer_account'] as const).flatMap((name) => {
    const value = parameters.text(name);
    return value === null ? [] : [{ name, value }];
  });
  return (promotionCode) =>
    (active === null || active === (promotionCode.active && !promotionCode.isEnded)) &&
    (code === undefined || code === promotionCode.code.toLowerCase()) &&
    equal.every(({ name, value }) => promotionCode[name] === value);
}
