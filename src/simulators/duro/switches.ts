/** Behaviours that Duro's documentation leaves open or documents in two ways. */
export interface DuroSwitches {
  /** `{"ok": true, "data": …}` as in the checkout guide, or the bare object of the API reference. */
  success: 'bare' | 'wrapped';
  /** Whether an error body has `ok: false` in addition to `error`. */
  okFalseOnErrors: boolean;
  /** How a new code is compared with existing ones. */
  duplicateCodes: 'case-sensitive' | 'folded';
  /** Whether `active` in answers is the stored flag, or also false for an expired or used-up code. */
  active: 'stored' | 'derived';
  /** `remaining` of a code whose limit was lowered below its count. */
  remaining: 'never-negative' | 'negative';
  /** How a `planId` outside `knownPlans` is refused. */
  unknownPlan: 404 | 422;
  unknownFields: 'ignored' | 'refused';
  /** Which answers an idempotency key replays. */
  replays: 'successes' | 'everything';
  /** Whether `GET /v1/promo-codes` exists; no page of the reference shows it. */
  list: 'absent' | 'present';
  /** What a list does with a `limit` above 100. */
  limitAbove100: 'clamped' | 'refused';
}

export const DEFAULT_DURO_SWITCHES: DuroSwitches = {
  success: 'bare',
  okFalseOnErrors: false,
  duplicateCodes: 'case-sensitive',
  active: 'stored',
  remaining: 'never-negative',
  unknownPlan: 404,
  unknownFields: 'ignored',
  replays: 'successes',
  list: 'absent',
  limitAbove100: 'clamped',
};
