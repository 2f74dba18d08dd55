import type { Provider } from '../promo/provider.ts';
import type { LeftIntent } from '../store/intents.ts';
import type { Gateway } from './gateway.ts';
import { takingOver } from './keyed.ts';
import { withLeftWrite } from './left-write.ts';
import { dismiss, finish, type Write } from './send-write.ts';

/** What a person who has looked at the provider says of a write: nothing came of it, or this, by the provider's id. */
export type Finding = 'NOT_MADE' | { made: string };

/** SETTLED, or why not: no such write is left; its call runs; the provider has no such id, is off, or must be asked. */
export type HandSettlement = 'SETTLED' | 'UNKNOWN_WRITE' | 'UNDER_WAY' | 'NOT_THERE' | 'PROVIDER_OFF' | 'NOT_BY_ID';

/**
 * Ends a write that stayed in doubt, as a person says who has looked at the provider.
 * @throws {ProviderFailure} when the provider cannot be asked for what was made
 */
export async function settleByHand(gateway: Gateway, id: string, finding: Finding): Promise<HandSettlement> {
  const { intents, keys } = gateway.store;
  const half = intents.halfMade().find((one) => one.id === id);
  if (half && finding === 'NOT_MADE') {
    intents.close(id);
    keys.release(half.call, gateway.clock());
    return 'SETTLED';
  }
  const intent = intents.get(id);
  if (!intent) return 'UNKNOWN_WRITE';
  const provider = gateway.accounts.find(intent.provider, intent.account);
  if (!provider) return 'PROVIDER_OFF';
  const settled = await takingOver(gateway, intent.call, () => settle(gateway, provider, intent, finding));
  return settled ?? 'UNDER_WAY';
}

async function settle(
  gateway: Gateway,
  provider: Provider,
  intent: LeftIntent,
  finding: Finding,
): Promise<HandSettlement> {
  const settled = withLeftWrite(gateway, provider, intent, async (write): Promise<HandSettlement> => {
    if (finding !== 'NOT_MADE') return settleMade(gateway, intent, write, finding.made);
    dismiss(gateway, intent.id, write);
    return 'SETTLED';
  });
  return (await settled) ?? 'NOT_BY_ID';
}

async function settleMade<Answer>(
  gateway: Gateway,
  intent: LeftIntent,
  write: Write<Answer>,
  providerId: string,
): Promise<HandSettlement> {
  if (!write.named) return 'NOT_BY_ID';
  const made = await write.named(providerId);
  if (!made) return 'NOT_THERE';
  await finish(gateway, intent.id, intent.call, write, made.answer);
  return 'SETTLED';
}
