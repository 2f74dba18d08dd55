import type { ProviderName } from '../../domain/promotion/promotion.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import { type InvalidInput, invalidInput } from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';

/** The provider account that an input names (without an account, the provider's first), or the fault in the input. */
export function accountFor(
  gateway: Gateway,
  { provider, account }: { provider: ProviderName; account?: string },
): Provider | InvalidInput {
  if (!gateway.accounts.find(provider))
    return invalidInput(['provider'], 'UNKNOWN', `${provider} is switched off here`);
  return (
    gateway.accounts.find(provider, account) ??
    invalidInput(['account'], 'UNKNOWN', `is not an account of ${provider} here`)
  );
}
