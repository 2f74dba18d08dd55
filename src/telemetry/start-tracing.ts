import { setTimeout } from 'node:timers/promises';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { traceWith } from './span.ts';

const SERVICE = 'promo-gateway';
/** For what is left to be sent when the process ends, in milliseconds. */
const LAST_WAIT = 1000;

/**
 * Sends traces to an OpenTelemetry collector from now on (OTLP over HTTP). Only loaded where that is wanted.
 * @param endpoint the collector's address, below which traces go to /v1/traces
 * @returns how to send what is left and end
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
  // A collector that is down keeps nobody from ending.
  return async () => void (await Promise.race([provider.shutdown(), setTimeout(LAST_WAIT)]));
}
