import { randomUUID } from 'node:crypto';
import type {
  NewCoupon,
  NewPromoCode,
  Provider,
  ProviderCoupon,
  ProviderPromoCode,
} from '../../src/domain/provider/provider.ts';
import { ProviderError } from '../../src/domain/provider/provider-error.ts';
import type { Simulator } from '../../src/simulators/index.ts';
import type { ObservedCall } from '../../src/telemetry/observed-call.ts';
import { defined } from '../support/defined.ts';

/** An adapter under test, and the simulator that it calls. */
export interface Subject {
  provider: Provider;
  simulator: Simulator;
  /** All calls that the adapter observed. */
  observed: ObservedCall[];
  /** Creates an adapter of the same provider with another base URL or deadline. */
  reconnect(changes: { baseUrl?: string; deadlineMs?: number }): Provider;
  close(): Promise<void>;
}

export const HOUR = 60 * 60 * 1000;
/** A whole second, which every provider can store. */
export const TOMORROW = Math.floor(Date.now() / 1000) * 1000 + 24 * HOUR;
export const TEN_PERCENT = { kind: 'PERCENTAGE', percentage: '10' } as const;

export function writeCall() {
  return { intentId: randomUUID() };
}

/** A unique code in a case that every provider keeps. */
export function freshCode(): string {
  return `code-${randomUUID()}`;
}

/** A promo code with its own terms, or with a new coupon if the provider needs one. */
export async function draftPromoCode(
  { provider }: Subject,
  changes: Partial<NewPromoCode> & Partial<NewCoupon> = {},
): Promise<NewPromoCode> {
  const { discount = TEN_PERCENT, duration = { kind: 'ONCE' }, ...conditions } = changes;
  const draft = { code: freshCode(), ...conditions };
  if (!provider.capabilities.promoCodeFields.has('couponId')) return { terms: { discount, duration }, ...draft };
  const coupon = await provider.createCoupon?.({ name: 'For a code', discount, duration }, writeCall());
  return { terms: { couponId: coupon?.providerId ?? '' }, ...draft };
}

export async function makePromoCode(
  subject: Subject,
  changes: Partial<NewPromoCode> & Partial<NewCoupon> = {},
): Promise<ProviderPromoCode & { code: string }> {
  const draft = await draftPromoCode(subject, changes);
  const made = defined(await subject.provider.createPromoCode?.(draft, writeCall()));
  return { ...made, code: defined(made.code) };
}

export async function makeCoupon({ provider }: Subject, changes: Partial<NewCoupon> = {}): Promise<ProviderCoupon> {
  const coupon = { name: 'Summer sale', discount: TEN_PERCENT, duration: { kind: 'ONCE' as const }, ...changes };
  return defined(await provider.createCoupon?.(coupon, writeCall()));
}

/** The promo code as the provider shows it now: read by id, or found in the list. */
export async function seenPromoCode({ provider }: Subject, made: ProviderPromoCode): Promise<ProviderPromoCode> {
  if (provider.readPromoCode) {
    const seen = await provider.readPromoCode(made.providerId, {});
    if (seen?.kind === 'PromoCode') return seen;
    throw new Error('expected a promo code', { cause: seen });
  }
  const page = await provider.listPromoCodes?.({ limit: 100, couponId: made.coupon?.providerId }, {});
  return defined(page?.items.find(({ providerId }) => providerId === made.providerId));
}

/** The ProviderError of a failed call. Fails the test if the call succeeds or throws another error. */
export async function failureOf(call: Promise<unknown> | undefined): Promise<ProviderError> {
  const outcome = await Promise.resolve(call).then(
    () => 'nothing',
    (error: unknown) => error,
  );
  if (outcome instanceof ProviderError) return outcome;
  throw new Error('expected a ProviderError', { cause: outcome });
}
