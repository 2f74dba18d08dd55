import type { GatewayProcess } from './gateway-process.ts';
import { documentOf } from './mutations.ts';
import { type RunningGateway, startGateway } from './start-gateway.ts';

/** The providers of a gateway, lent to processes beside it that have a store of their own. */
export interface LentProviders {
  lender: RunningGateway;
  /** The store of such a process. */
  file: string;
  settings: Record<string, string>;
}

export async function lendProviders(): Promise<LentProviders> {
  const lender = await startGateway();
  const file = `${lender.variables.DATABASE_URL}.own`;
  return { lender, file, settings: { ...lender.variables, DATABASE_URL: file } };
}

/** Tries to create a promo code at Duro; gives the whole answer. */
export function createStop(gateway: GatewayProcess) {
  return gateway.send(documentOf('createPromoCode'), {
    input: { provider: 'DURO', code: 'STOP', discount: { percentage: '10' } },
  });
}
