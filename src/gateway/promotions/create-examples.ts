import type { ProviderName } from '../../domain/promotion/promotion.ts';
import type { Gateway } from '../core/gateway.ts';
import { type CreatePromoCodeRequest, createPromoCode } from './create-promo-code.ts';

/** What `createPromoCode` needs to know of an example. */
export type Example = Omit<CreatePromoCodeRequest, 'provider' | 'account' | 'allowGatewayRules'> & { code: string };

/**
 * Creates the example codes of a sandbox. Each has an idempotency key, so a later start creates none again. A code that
 * exists without the key is left as it is: keys are forgotten after 30 days, and stores in one folder share their
 * simulators.
 * @param warn called for each example that could not be created
 */
export async function createExamples(
  gateway: Gateway,
  examples: readonly (readonly [ProviderName, Example])[],
  warn: (message: string) => void,
): Promise<void> {
  for (const [provider, example] of examples) {
    const writer = { caller: 'sandbox', idempotencyKey: `example-${example.code}` };
    const request = { ...example, provider, allowGatewayRules: false };
    const reason = await createPromoCode(gateway, writer, request).then(
      ({ kind }) => (kind === 'PROMO_CODE' || kind === 'CONFLICT' ? null : kind),
      (error: unknown) => String(error),
    );
    if (reason !== null) warn(`The example code ${example.code} could not be created: ${reason}`);
  }
}
