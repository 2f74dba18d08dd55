import type { Fault } from '../../src/simulators/index.ts';

/**
 * Delays the answer to the next matching call until `answer` is called. The call takes effect immediately. `isSent`
 * resolves when the call has arrived.
 */
export function delayAnswer(
  simulator: { fail(fault: Fault): void },
  call: { method: string; path?: RegExp },
): { isSent: Promise<void>; answer: () => void } {
  const [gate, struck] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  simulator.fail({ kind: 'late', ...call, delay: gate.promise, onStrike: struck.resolve });
  return { isSent: struck.promise, answer: gate.resolve };
}
