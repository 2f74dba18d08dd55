import type { Fault } from '../../src/simulators/index.ts';

/**
 * The next call that matches takes effect at once, and its answer waits until `answer` is called. `isSent` resolves when
 * the call has arrived.
 */
export function holdAnswer(
  simulator: { fail(fault: Fault): void },
  call: { method: string; path?: RegExp },
): { isSent: Promise<void>; answer: () => void } {
  const [gate, struck] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  simulator.fail({ kind: 'late', ...call, delay: gate.promise, onStrike: struck.resolve });
  return { isSent: struck.promise, answer: gate.resolve };
}
