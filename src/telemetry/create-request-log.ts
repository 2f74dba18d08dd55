import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { CLIENT_CLOSED, type RequestLog } from './request-log.ts';

/** Writes a line of the log for each answer, and counts it in the metrics. */
export function createRequestLog(metrics: Metrics, log: Log): RequestLog {
  return {
    logOperation: (answered) => {
      metrics.countOperation(answered);
      const { outcomes, fields, ...line } = answered;
      log('info', 'An operation was answered', { ...line, outcome: outcomes.join(' ') });
    },
    logRequest: (answered) => {
      metrics.countRequest(answered);
      const { status, codes = [], ...line } = answered;
      const outcome = status === CLIENT_CLOSED ? 'CLIENT_CLOSED' : `HTTP_${status}`;
      log('info', 'A request was answered', {
        ...line,
        outcome,
        ...(codes.length > 0 && { errors: codes.join(' ') }),
      });
    },
  };
}
