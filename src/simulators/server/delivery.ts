import type { ServerResponse } from 'node:http';
import { type Answer, jsonAnswer, textAnswer } from './answer.ts';
import type { Fault, Faults } from './fault.ts';

/** The answer that a fault damages if the real work was not done. */
const UNCOMMITTED = jsonAnswer(200, { id: 'unknown', message: 'This answer is incomplete' });

/** Sends an answer as it is. */
export function sendAnswer(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers });
  response.end(body);
}

/** Answers a call that a fault strikes. `work` is the provider's real work; it runs at most once. */
export async function sendFault(
  response: ServerResponse,
  fault: Fault,
  work: () => Answer,
  faults: Faults,
): Promise<void> {
  const answer = fault.commit || fault.kind === 'late' ? work() : UNCOMMITTED;
  // Subscribe before `onStrike`, because `onStrike` may heal immediately.
  const healed = faults.healed();
  fault.onStrike?.();
  await fault.delay;
  switch (fault.kind) {
    case 'late':
      return sendAnswer(response, answer);
    case 'answer':
      return sendAnswer(response, faultAnswer(fault));
    case 'truncated-json':
      return sendAnswer(response, { ...answer, body: half(answer.body) });
    case 'half-body':
      return sendHalf(response, answer);
    case 'silence':
      await healed;
      return void response.destroy();
    case 'hang-up':
      return void response.destroy();
  }
}

function faultAnswer({ status, body, headers }: Extract<Fault, { kind: 'answer' }>): Answer {
  const answer =
    body === undefined
      ? { status, headers: {}, body: '' }
      : typeof body === 'string'
        ? textAnswer(status, body, 'text/html')
        : jsonAnswer(status, body);
  return { ...answer, headers: { ...answer.headers, ...lowerCased(headers) } };
}

function lowerCased(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function sendHalf(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers });
  response.write(half(body), () => response.destroy());
}

function half(text: string): string {
  return text.slice(0, Math.floor(text.length / 2));
}
