import type { ProviderName } from '../../domain/promotion/promotion.ts';
import type { Gateway } from '../core/gateway.ts';
import { listPromoCodes } from '../lists/list-promotions.ts';
import { RowBudget } from '../lists/paged-list.ts';
import { type CreatePromoCodeRequest, createPromoCode } from './create-promo-code.ts';

/** What `createPromoCode` needs to know of an example. */
export type Example = Omit<CreatePromoCodeRequest, 'provider' | 'account' | 'allowGatewayRules'> & { code: string };

const CALLER = 'sandbox';

/**
 * Creates the example codes of a sandbox whose store has no promo codes: a later start creates none again. Stores in one
 * folder share their simulators, so a code that exists there is left as it is.
 * @param warn called for each example that could not be created
 */
export async function createExamples(
  gateway: Gateway,
  examples: readonly (readonly [ProviderName, Example])[],
  warn: (message: string) => void,
): Promise<void> {
  const budget = new RowBudget(CALLER);
  const codes = listPromoCodes(gateway, { conditions: {}, sort: 'CREATED_AT_DESC', budget });
  if ((await codes.page({ limit: 1, backwards: false })).entries.length > 0) return;
  for (const [provider, example] of examples) {
    const writer = { caller: CALLER, idempotencyKey: `example-${example.code}` };
    const request = { ...example, provider, allowGatewayRules: false };
    const reason = await createPromoCode(gateway, writer, request).then(
      ({ kind }) => (kind === 'PROMO_CODE' || kind === 'CONFLICT' ? null : kind),
      (error: unknown) => String(error),
    );
    if (reason !== null) warn(`The example code ${example.code} could not be created: ${reason}`);
  }
}
