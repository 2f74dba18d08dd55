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

/** Spans are given to it from now on. Until it is called, nothing is traced and a span costs nothing. */
export function traceWith(next: Tracer): void {
  tracer = next;
}

export function isTracing(): boolean {
  return tracer !== null;
}

/** What a span is told of, beside its name. Nothing that a client has sent: codes and customers are in there. */
export interface SpanFacts {
  kind?: keyof typeof SpanKind;
  attributes?: Attributes;
  /** The headers of a request, of which the span is a part of the sender's trace (W3C Trace Context). */
  sentWith?: Headers;
}

/** Runs `work` as a span of the trace that is under way. It ends when what `work` gives has settled. */
export function inSpan<Result>(name: string, facts: SpanFacts, work: (span: Span | null) => Result): Result {
  if (!tracer) return work(null);
  const { kind = 'INTERNAL', attributes = {}, sentWith } = facts;
  const around = sentWith ? propagation.extract(ROOT_CONTEXT, Object.fromEntries(sentWith)) : context.active();
  return tracer.startActiveSpan(name, { kind: SpanKind[kind], attributes }, around, (span) => ending(span, work));
}

function ending<Result>(span: Span, work: (span: Span) => Result): Result {
  try {
    const result = work(span);
    if (result instanceof Promise) {
      // Who waits for the result hears of its failure; the span only takes note.
      result.then(
        () => span.end(),
        (error: unknown) => fail(span, error),
      );
    } else span.end();
    return result;
  } catch (error) {
    fail(span, error);
    throw error;
  }
}

function fail(span: Span, error: unknown): void {
  // Its message may quote what was sent.
  markFailed(span, error instanceof Error ? error.name : 'Error');
  span.end();
}

/** Notes that what a span stands for went wrong, though it gave a result. */
export function markFailed(span: Span | null, type: string): void {
  span?.setStatus({ code: SpanStatusCode.ERROR, message: type }).setAttribute('error.type', type);
}

/** The headers by which whoever is called goes on with the trace; none while nothing is traced. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}
