import { afterAll, afterEach, describe } from 'vitest';
import { describeCoupons } from './coupon-contract.ts';
import { describeFailures } from './failure-contract.ts';
import { describePromoCodes } from './promo-code-contract.ts';
import type { Subject } from './subject.ts';

/** What every provider does alike, as far as it can do it at all, shown over real HTTP. */
export function describeContract(name: string, subject: Subject): void {
  describeWork(name, subject);
  describe(`${name}, when it fails:`, () => describeFailures(subject));
  afterAll(() => subject.close());
}

/** The same for another way in which a provider may speak. How calls fail has nothing to do with it. */
export function describeVariant(name: string, subject: Subject): void {
  describeWork(name, subject);
  afterAll(() => subject.close());
}

function describeWork(name: string, subject: Subject): void {
  afterEach(() => subject.sandbox.heal());
  describe(`${name}, as every provider,`, () => {
    describePromoCodes(subject);
    if (subject.provider.createCoupon) describeCoupons(subject);
  });
}
