import type { ProviderName } from '../promotion/promotion.ts';

/** Why a provider does not support an input field. Clients rely on these codes: never rename one. */
export const UNSUPPORTED_CODES = {
  NO_OPERATION: 'The provider, or this account, cannot do this at all.',
  NO_FIELD: 'The provider has no such field.',
  NOT_CHANGEABLE: 'The provider cannot change the field, or only to a narrower value.',
  TOO_MANY_DECIMALS: 'The percentage has more decimals than the provider supports.',
  TOO_SMALL: 'The value is below the minimum of the provider.',
  TOO_LARGE: 'The value is above the maximum of the provider.',
  TOO_LONG: 'The text is longer than the provider allows.',
  WRONG_TEXT: 'The text has characters or a form that the provider does not allow.',
  WRONG_AMOUNT: 'The provider cannot express the amount: its currency, its decimals or its size.',
  WRONG_DURATION: 'The provider does not grant this discount for that long.',
  WRONG_UNIT: 'The provider counts a repeating duration in another unit.',
  WRONG_TIME: 'The provider cannot express the time: it is too far ahead, or over when it is rounded.',
} as const;

export type UnsupportedCode = keyof typeof UNSUPPORTED_CODES;

/** Why a provider does not support an input field, and what would work. */
export interface UnsupportedField {
  /** The name of the input field, nested ones with dots: "discount.percentage". */
  field: string;
  code: UnsupportedCode;
  /** Continues the name of the field: "must be a whole percentage". */
  message: string;
  /** The gateway enforces the rule if the caller allows gateway rules. */
  canBeGatewayRule: boolean;
}

/** The provider does not support these input fields. Nothing was sent. */
export interface Unsupported {
  kind: 'UNSUPPORTED';
  provider: ProviderName;
  issues: readonly UnsupportedField[];
}

export function unsupportedField(field: string, code: UnsupportedCode, message: string): UnsupportedField {
  return { field, code, message, canBeGatewayRule: false };
}

/** A field that the gateway can enforce instead. */
export function ruleOnly(field: string, code: UnsupportedCode, message: string): UnsupportedField {
  return {
    field,
    code,
    message: `${message} (with allowGatewayRules: true, the gateway enforces it)`,
    canBeGatewayRule: true,
  };
}

/** The answer if there are unsupported fields; null: there are none. */
export function unsupportedBy(provider: ProviderName, issues: readonly UnsupportedField[]): Unsupported | null {
  return issues.length > 0 ? { kind: 'UNSUPPORTED', provider, issues } : null;
}

/** The answer if a provider does not offer an operation. */
export function withoutOperation(provider: ProviderName, field: string, message: string): Unsupported {
  return { kind: 'UNSUPPORTED', provider, issues: [unsupportedField(field, 'NO_OPERATION', message)] };
}
