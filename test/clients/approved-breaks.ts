/*
 * The breaks that `npm run schema:diff` lets pass, because they were decided on. Each is one message of the inspector, so
 * that nothing else passes with it. Once released, a line matches nothing more and can be removed.
 */
import { CriticalityLevel, type Rule } from '@graphql-inspector/core';

/** A provider's counts and limits outgrow Int: one above 2^31 - 1 took its object, and every list with it, out of an answer. */
const OUTPUTS = {
  Redeemable: ['maxRedemptions', 'redeemedCount', 'heldCount', 'remaining'],
  PromoCode: ['maxRedemptions', 'redeemedCount', 'heldCount', 'remaining', 'perCustomerLimit'],
  Coupon: ['maxRedemptions', 'redeemedCount', 'heldCount', 'remaining'],
};
const INPUTS = {
  CreateCouponInput: ['maxRedemptions'],
  CreatePromoCodeInput: ['maxRedemptions', 'perCustomerLimit'],
  UpdatePromoCodeInput: ['maxRedemptions', 'perCustomerLimit'],
};

const places = (types: Record<string, string[]>) =>
  Object.entries(types).flatMap(([type, fields]) => fields.map((field) => `${type}.${field}`));

const APPROVED = new Set(
  ['', '!'].flatMap((bang) => [
    ...places(OUTPUTS).map((place) => `Field '${place}' changed type from 'Int${bang}' to 'SafeInt${bang}'`),
    ...places(INPUTS).map((place) => `Input field '${place}' changed type from 'Int${bang}' to 'SafeInt${bang}'`),
  ]),
);

const markApproved: Rule = ({ changes }) =>
  changes.map((change) =>
    APPROVED.has(change.message)
      ? { ...change, criticality: { level: CriticalityLevel.Dangerous, reason: 'Approved.' } }
      : change,
  );

export default markApproved;
