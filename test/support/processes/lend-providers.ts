import { createFile } from '../../store/test-stores.ts';
import { documentOf } from '../mutations.ts';
import { type RunningGateway, startGateway } from '../start-gateway.ts';
import type { GatewayProcess } from './gateway-process.ts';

/** The simulators of a gateway, for processes with a SQLite store of their own. */
export interface LentProviders {
  lender: RunningGateway;
  /** The file of the processes' own store. */
  file: string;
  settings: Record<string, string>;
}

export async function lendProviders(): Promise<LentProviders> {
  const lender = await startGateway({ store: createFile });
  const file = `${lender.variables.DATABASE_URL}.own`;
  return { lender, file, settings: { ...lender.variables, DATABASE_URL: file } };
}

/** Tries to create the promo code STOP at Duro, and returns the whole answer. */
export function createStop(gateway: GatewayProcess) {
  return gateway.send(documentOf('createPromoCode'), {
    input: { provider: 'DURO', code: 'STOP', discount: { percentage: '10' } },
  });
}
