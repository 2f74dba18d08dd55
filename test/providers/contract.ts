import { afterAll, afterEach, describe } from 'vitest';
import { describeCoupons } from './coupon-contract.ts';
import { describeFailures } from './failure-contract.ts';
import { describePromoCodes } from './promo-code-contract.ts';
import type { Subject } from './subject.ts';

/** Checks the behaviour that all adapters share, over real HTTP. Skips what the provider cannot do. */
export function describeContract(name: string, subject: Subject): void {
  describeWork(name, subject);
  describe(`${name}, when it fails:`, () => describeFailures(subject));
  afterAll(() => subject.close());
}

/** The same checks for another variant of a provider's API, without the failures, which do not depend on the variant. */
export function describeVariant(name: string, subject: Subject): void {
  describeWork(name, subject);
  afterAll(() => subject.close());
}

function describeWork(name: string, subject: Subject): void {
  afterEach(() => subject.simulator.heal());
  describe(`${name}, as every provider,`, () => {
    describePromoCodes(subject);
    if (subject.provider.createCoupon) describeCoupons(subject);
  });
}
