import { openDocuments } from '../server/documents.ts';
import { serve } from '../server/listen.ts';
import type { Simulator, SimulatorOptions } from '../server/simulator.ts';
import { createFlexpriceApi } from './api.ts';
import { CouponDocument } from './coupon.ts';
import { createCoupons } from './coupons.ts';
import { flexpriceRefusals } from './errors.ts';
import { isRedeemable } from './redeemable.ts';
import { AssociationDocument } from './subscriptions/association.ts';
import { subscriptionModifier } from './subscriptions/modification.ts';
import { type SubscriptionOptions, subscriptionFinder } from './subscriptions/subscription-finder.ts';
import { DEFAULT_FLEXPRICE_SWITCHES, type FlexpriceSwitches } from './switches.ts';

export interface FlexpriceOptions extends SimulatorOptions, SubscriptionOptions {
  switches?: Partial<FlexpriceSwitches>;
}

/** Starts a simulated Flexprice with one environment and no invoices. */
export async function startFlexpriceSimulator(options: FlexpriceOptions = {}): Promise<Simulator> {
  const { apiKey = 'sk_sandbox', clock = Date.now, port, stateFile, keptCalls } = options;
  const switches = { ...DEFAULT_FLEXPRICE_SWITCHES, ...options.switches };
  const documents = openDocuments('flexprice', stateFile);
  const refuse = flexpriceRefusals(switches);
  const coupons = createCoupons(documents.collection('coupons', CouponDocument), { switches, clock, refuse });
  const associations = documents.collection('associations', AssociationDocument);
  const findSubscription = subscriptionFinder(options, refuse);
  const modify = subscriptionModifier({ coupons, associations, findSubscription, clock, refuse });
  const answer = createFlexpriceApi({
    coupons,
    associations,
    findSubscription,
    modify,
    apiKey,
    clock,
    switches,
    refuse,
  });

  function redeem(id: string, uses: number): void {
    const coupon = coupons.row(id);
    if (!isRedeemable(coupon, { currency: coupon.currency, now: clock() })) {
      throw new Error(`Flexprice would not let ${id} be used`);
    }
    coupons.count(id, uses);
  }

  const redeemed = (id: string) => coupons.row(id).total_redemptions;
  const promoCodes = () =>
    coupons
      .all()
      .flatMap(({ id, coupon_code, total_redemptions }) =>
        coupon_code ? [{ id, code: coupon_code, redeemed: total_redemptions }] : [],
      );
  return serve({
    backend: { answer, redeem, redeemed, promoCodes },
    documents,
    apiKey,
    port,
    keptCalls,
    basePath: '/v1',
  });
}
