import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
} from '@opentelemetry/api';

let tracer: Tracer | null = null;

/** Sets the tracer that receives all spans. Until it is called, nothing is traced and a span costs nothing. */
export function traceWith(next: Tracer): void {
  tracer = next;
}

export function isTracing(): boolean {
  return tracer !== null;
}

/** Options of a span. Attributes must not contain anything a client sent: that includes codes and customers. */
export interface SpanOptions {
  kind?: keyof typeof SpanKind;
  attributes?: Attributes;
  /** The headers of an incoming request. Their W3C Trace Context becomes the parent of the span. */
  incomingHeaders?: Readonly<Record<string, unknown>>;
}

/** Runs `work` inside a span of the current trace. The span ends when the result of `work` settles. */
export function inSpan<Result>(name: string, options: SpanOptions, work: (span: Span | null) => Result): Result {
  if (!tracer) return work(null);
  const { kind = 'INTERNAL', attributes = {}, incomingHeaders } = options;
  const parent = incomingHeaders ? propagation.extract(ROOT_CONTEXT, incomingHeaders) : context.active();
  return tracer.startActiveSpan(name, { kind: SpanKind[kind], attributes }, parent, (span) => runAndEnd(span, work));
}

function runAndEnd<Result>(span: Span, work: (span: Span) => Result): Result {
  try {
    const result = work(span);
    if (result instanceof Promise) {
      // The caller handles the failure; the span only records it.
      result.then(
        () => span.end(),
        (error: unknown) => endFailed(span, error),
      );
    } else span.end();
    return result;
  } catch (error) {
    endFailed(span, error);
    throw error;
  }
}

function endFailed(span: Span, error: unknown): void {
  // The name alone, because a message may quote what was sent.
  markFailed(span, error instanceof Error ? error.name : 'Error');
  span.end();
}

/** Marks a span as failed although its work returned a result. */
export function markFailed(span: Span | null, type: string): void {
  span?.setStatus({ code: SpanStatusCode.ERROR, message: type }).setAttribute('error.type', type);
}

/** The headers that continue the current trace in an outgoing request; empty while nothing is traced. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}
