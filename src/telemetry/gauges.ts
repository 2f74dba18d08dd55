import { Counter, Gauge, type Registry } from 'prom-client';
import type { Instant, ProviderName } from '../domain/promotion/promotion.ts';
import type { ProviderHealth } from '../domain/provider/provider.ts';

const STATES = ['UP', 'DEGRADED', 'DOWN'] as const;

/** The state of a gateway that is measured at each scrape. */
export interface GatewayState {
  providers(): readonly ProviderName[];
  health(provider: ProviderName): ProviderHealth;
  /** The number of calls to a provider that wait now, and of those that were rejected since the start. */
  queue(provider: ProviderName): { waiting: number; refused: number };
  /** Null: the store cannot be read. */
  openHolds(): Promise<number | null>;
  /** Null: the store cannot be read. */
  writesInDoubt(provider: ProviderName): Promise<number | null>;
  /** The accounts that are synchronised, and when each last was: null if never. Null: the store cannot be read. */
  lastSyncs(): Promise<readonly LastSync[] | null>;
  /** Null: not measured yet. */
  storeBytes(): number | null;
}

/** The last complete synchronisation of an account. */
export interface LastSync {
  provider: ProviderName;
  account: string;
  at: Instant | null;
}

/** Registers what is measured of a gateway and its providers. */
export function registerGatewayGauges(
  registry: Registry,
  { providers, health, queue, openHolds, writesInDoubt, lastSyncs, storeBytes }: GatewayState,
): void {
  const registers = [registry];
  new Gauge({
    name: 'promo_gateway_provider_state',
    help: 'State of each provider: 1 for its current state (UP, DEGRADED or DOWN), 0 for the others.',
    labelNames: ['provider', 'state'],
    registers,
    collect() {
      for (const provider of providers()) {
        for (const state of STATES) this.set({ provider, state }, health(provider) === state ? 1 : 0);
      }
    },
  });
  new Gauge({
    name: 'promo_gateway_provider_calls_waiting',
    help: 'Provider calls that are waiting in the queue.',
    labelNames: ['provider'],
    registers,
    collect() {
      for (const provider of providers()) this.set({ provider }, queue(provider).waiting);
    },
  });
  new Counter({
    name: 'promo_gateway_provider_calls_rejected_total',
    help: 'Provider calls that were not sent, because the queue was full or their deadline was too close.',
    labelNames: ['provider'],
    registers,
    collect() {
      this.reset();
      for (const provider of providers()) this.inc({ provider }, queue(provider).refused);
    },
  });
  registerGauge(registry, 'promo_gateway_open_holds', 'Open holds.', openHolds);
  new Gauge({
    name: 'promo_gateway_writes_in_doubt',
    help: 'Writes to a provider whose outcome is unknown: the backlog of recovery.',
    labelNames: ['provider'],
    registers,
    async collect() {
      this.reset();
      for (const provider of providers()) {
        const writes = await writesInDoubt(provider);
        // The next one would wait just as long for a store that does not answer.
        if (writes === null) return;
        this.set({ provider }, writes);
      }
    },
  });
  new Gauge({
    name: 'promo_gateway_last_sync_timestamp_seconds',
    help: 'When the last complete synchronisation of an account ended; 0: there was none.',
    labelNames: ['provider', 'account'],
    registers,
    async collect() {
      this.reset();
      for (const { provider, account, at } of (await lastSyncs()) ?? [])
        this.set({ provider, account }, (at ?? 0) / 1000);
    },
  });
  const help = 'Room that the store takes: its file, or its database on the server. Measured every five minutes.';
  registerGauge(registry, 'promo_gateway_store_bytes', help, storeBytes);
}

/** Registers a gauge without labels, which calls `measure` at each scrape. Null: the scrape shows no value. */
export function registerGauge(
  registry: Registry,
  name: string,
  help: string,
  measure: () => number | null | Promise<number | null>,
): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      const value = await measure();
      if (value === null) this.remove();
      else this.set(value);
    },
  });
}
