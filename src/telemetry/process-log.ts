import { pino } from 'pino';
import type { Log } from './log.ts';

/** How many characters are written at once, unless lines have waited for too long. Pino writes at most 16,384. */
const MIN_WRITE = 16_000;

/** The longest time that a line waits to be written, in milliseconds. */
const FLUSH_INTERVAL_MS = 250;

/**
 * Creates the log of the process: one line of JSON per event on standard error. Lines are written in groups, because a
 * write costs more than a line. The rest is written when the process ends.
 */
export function createProcessLog(): Log {
  const lines = pino.destination({ dest: 2, sync: false, minLength: MIN_WRITE });
  setInterval(() => lines.flush(), FLUSH_INTERVAL_MS).unref();
  // Nobody reads the log any more, or its disk is full. That must not end the process, and there is nowhere to log it.
  lines.on('error', () => {});
  process.on('exit', () => {
    try {
      lines.flushSync();
    } catch {
      // The process ends either way.
    }
  });
  const logger = pino(
    {
      base: undefined,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    lines,
  );
  return (level, message, details) => logger[level]({ details }, message);
}
