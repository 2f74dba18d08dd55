import type { Config } from '../config/config.ts';
import type { ProviderName } from '../domain/promotion/promotion.ts';
import type { ReadWebhook } from '../domain/provider/webhook-delivery.ts';
import type { Gateway } from '../gateway/core/gateway.ts';
import type { ControlPanel } from '../simulators/index.ts';
import type { Log } from '../telemetry/log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

export interface ServerOptions {
  gateway: Gateway;
  /** Verifies and reads the webhooks of each provider whose secret is set. */
  webhooks?: ReadonlyMap<ProviderName, ReadWebhook>;
  config: ServerConfig;
  telemetry: Telemetry;
  /** Controls the simulated providers. Absent: the providers are real. */
  sandbox?: ControlPanel;
  /** False once the process is shutting down. */
  isReady: () => boolean;
  log: Log;
}

/** The part of the configuration that concerns clients. */
export type ServerConfig = Pick<
  Config,
  | 'access'
  | 'allowedHosts'
  | 'answerCacheBytes'
  | 'connections'
  | 'corsOrigins'
  | 'documentCacheBytes'
  | 'graphiql'
  | 'hasSubgraphScopes'
  | 'httpCaching'
  | 'limits'
  | 'requestDeadlineMs'
  | 'trustedDocuments'
  | 'trustedDocumentsOnly'
  | 'trustedProxies'
>;
