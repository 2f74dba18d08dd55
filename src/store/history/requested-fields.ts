import { type ChangeKind, recordedValue } from '../../domain/promotion/recorded-change.ts';
import type { WriteRequest } from '../writes/write-request.ts';

/** What a write does to its promotion; null: it concerns a use. */
export function changeKindOf({ operation }: Pick<WriteRequest, 'operation'>): ChangeKind | null {
  switch (operation) {
    case 'createCoupon':
    case 'createPromoCode':
    case 'createPromoCode.coupon':
      return 'CREATED';
    case 'updatePromoCode':
    case 'updateCoupon':
      return 'UPDATED';
    case 'archiveCoupon':
      return 'ARCHIVED';
    default:
      return null;
  }
}

/** The fields that a change of a promotion sends to its provider, with their values as the history has them. */
export function sentFields(request: WriteRequest): Map<string, string | null> {
  const change = request.operation === 'updatePromoCode' || request.operation === 'updateCoupon' ? request.change : {};
  const sent = request.operation === 'archiveCoupon' ? { active: false } : change;
  return new Map(namedIn(sent).map(([field, value]) => [field, recordedValue(field, value)]));
}

/** The fields that a change of a promotion sets, at its provider or in the gateway. */
export function requestedFields(request: WriteRequest): Set<string> {
  const names = [...sentFields(request).keys()];
  const isUpdate = request.operation === 'updatePromoCode' || request.operation === 'updateCoupon';
  if (isUpdate && request.metadata !== undefined) names.push('metadata');
  if (request.operation !== 'updatePromoCode') return new Set(names);
  const rules = namedIn(request.rules).map(([rule]) => (rule === 'switchedOff' ? 'active' : rule));
  return new Set([...names, ...rules, 'gatewayRules']);
}

function namedIn(values: object): [name: string, value: unknown][] {
  return Object.entries(values).filter(([, value]) => value !== undefined);
}
