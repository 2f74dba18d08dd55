import type { Plugin } from 'graphql-yoga';
import { inSpan, isTracing } from '../../telemetry/span.ts';

/** Makes each request a span, of the trace that its sender has begun where there is one. */
export function useRequestSpan(): Plugin {
  return {
    onRequest({ request, requestHandler, setRequestHandler }) {
      if (!isTracing()) return;
      const { method, headers } = request;
      const attributes = { 'http.request.method': method, 'http.route': '/graphql' };
      setRequestHandler((...given) =>
        inSpan(`${method} /graphql`, { kind: 'SERVER', attributes, sentWith: headers }, async (span) => {
          const response = await requestHandler(...given);
          span?.setAttribute('http.response.status_code', response.status);
          return response;
        }),
      );
    },
  };
}
