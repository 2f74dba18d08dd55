/*
 * The breaks since the last release that were decided on, so that `npm run schema:diff` lets them pass. Each is one
 * message of the inspector, so that no other break passes with it. At the next release, replace released-schema.graphql
 * and empty this list.
 */
import { CriticalityLevel, type Rule } from '@graphql-inspector/core';

/** Counts and limits became SafeInt: one above 2^31 - 1 failed as Int, and its object and every list with it. */
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
