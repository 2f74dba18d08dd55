import type { GatewayProcess } from '../support/processes/gateway-process.ts';
import { perSecond } from './bare-loop.ts';

const REDEEM = `mutation ($input: RedeemPromoCodeInput!) {
  redeemPromoCode(input: $input) { ... on RedeemPayload { redemption { id status } } ... on PromotionError { message } }
}`;
const CREATE = `mutation { createPromoCode(input: { provider: DURO, code: "BENCH", discount: { percentage: "10" },
  maxRedemptions: 100000000 }) { ... on CreatePromoCodePayload { promoCode { id } } ... on PromotionError { message } } }`;

/** What a number of clients measured. Times of a request are in milliseconds. */
export interface RedeemFigures {
  perSecond: number;
  p50: number;
  p99: number;
  /** The CPU time of all gateways together, in microseconds. */
  cpuPerRedemption: number;
}

/** Clients that redeem one code, each for an order of its own. */
export class RedeemClients {
  /** How many redemptions have been acknowledged. */
  acknowledged = 0;
  #sent = 0;

  /**
   * Creates the code.
   * @returns its id
   * @throws when it is refused
   */
  static async createCode(gateway: GatewayProcess): Promise<string> {
    const { createPromoCode } = await gateway.run(CREATE);
    if (!createPromoCode.promoCode) throw new Error(JSON.stringify(createPromoCode));
    return createPromoCode.promoCode.id;
  }

  /** Redeems for some seconds. Each client sends its next call when the last one is answered, to one gateway after the other. */
  async redeemFor(gateways: readonly GatewayProcess[], clients: number, seconds: number): Promise<RedeemFigures> {
    const latencies: number[] = [];
    const cpuBefore = await cpuTime(gateways);
    const rate = await perSecond(clients, seconds, async () => {
      const begun = performance.now();
      await this.#redeem(gateways);
      latencies.push(performance.now() - begun);
    });
    const cpu = (await cpuTime(gateways)) - cpuBefore;
    latencies.sort((one, other) => one - other);
    const percentile = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
    return {
      perSecond: rate,
      p50: percentile(0.5),
      p99: percentile(0.99),
      cpuPerRedemption: cpu / latencies.length,
    };
  }

  /** @throws when the code is refused */
  async #redeem(gateways: readonly GatewayProcess[]): Promise<void> {
    this.#sent += 1;
    const number = this.#sent;
    const input = {
      code: 'bench',
      customerId: `cus_${number % 1000}`,
      order: { id: `order-${number}` },
      idempotencyKey: `key-${number}`,
    };
    const answer = await gateways[number % gateways.length]?.send(REDEEM, { input });
    if (answer?.data?.redeemPromoCode.redemption?.status !== 'REDEEMED') throw new Error(JSON.stringify(answer));
    this.acknowledged += 1;
  }
}

async function cpuTime(gateways: readonly GatewayProcess[]): Promise<number> {
  const times = await Promise.all(gateways.map((gateway) => gateway.cpuTime()));
  return times.reduce((sum, time) => sum + time, 0);
}
