import type { GatewayRules } from '../../domain/promotion/promotion.ts';

/** The columns of the rules that are given; an absent one is left alone. */
export function ruleColumns(rules: GatewayRules) {
  return {
    ...(rules.switchedOff !== undefined && { rule_switched_off: flag(rules.switchedOff) }),
    ...(rules.startsAt !== undefined && { rule_starts_at: rules.startsAt }),
    ...(rules.expiresAt !== undefined && { rule_expires_at: rules.expiresAt }),
    ...(rules.maxRedemptions !== undefined && { rule_max: rules.maxRedemptions }),
    ...(rules.perCustomerLimit !== undefined && { rule_per_customer: rules.perCustomerLimit }),
    ...(rules.customerId !== undefined && { rule_customer_id: rules.customerId }),
    ...(rules.planId !== undefined && { rule_plan_id: rules.planId }),
    ...(rules.firstTransactionOnly !== undefined && { rule_first_transaction: flag(rules.firstTransactionOnly) }),
    ...(rules.minimumOrder !== undefined && {
      rule_minimum_minor: rules.minimumOrder?.minorUnits ?? null,
      rule_minimum_currency: rules.minimumOrder?.currency ?? null,
    }),
  };
}

/** SQLite's boolean. */
export function flag(value: boolean): 0 | 1 {
  return value ? 1 : 0;
}
