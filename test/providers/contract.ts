import { afterAll, afterEach, describe } from 'vitest';
import { describeCoupons } from './coupon-contract.ts';
import { describeFailures } from './failure-contract.ts';
import { describePromoCodes } from './promo-code-contract.ts';
import type { Subject } from './subject.ts';

/** What every provider does alike, as far as it can do it at all, shown over real HTTP. */
export function describeContract(name: string, subject: Subject): void {
  describe(`${name}, as every provider,`, () => {
    afterEach(() => subject.sandbox.heal());
    afterAll(() => subject.close());

    describePromoCodes(subject);
    if (subject.provider.createCoupon) describeCoupons(subject);
    describeFailures(subject);
  });
}
