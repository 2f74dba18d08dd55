import { setTimeout } from 'node:timers/promises';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { traceWith } from './span.ts';

const SERVICE = 'promo-gateway';
/** How long the last export may take when the process ends, in milliseconds. */
const SHUTDOWN_TIMEOUT_MS = 1000;

/**
 * Starts to send traces to an OpenTelemetry collector (OTLP over HTTP). Loaded only when tracing is on.
 * @param endpoint the base URL of the collector; traces go to `/v1/traces` below it
 * @returns a function that sends the remaining spans and stops
 */
export function startTracing(endpoint: string): () => Promise<void> {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': SERVICE }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  traceWith(provider.getTracer(SERVICE));
  // A collector that does not answer must not delay the end of the process.
  return async () => void (await Promise.race([provider.shutdown(), setTimeout(SHUTDOWN_TIMEOUT_MS)]));
}
