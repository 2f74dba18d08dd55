import type { GatewayProcess } from './gateway-process.ts';
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

/** Makes the promo code STOP at Duro. */
export function createStop(gateway: GatewayProcess) {
  return gateway.send(
    `mutation { createPromoCode(input: { provider: DURO, code: "STOP", discount: { percentage: "10" } }) {
      __typename ... on PromotionProviderError { kind } } }`,
  );
}
