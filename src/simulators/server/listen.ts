import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Answer, answerOrRefusal, textAnswer } from './answer.ts';
import { type ApiCall, type ReceivedCall, receiveCall } from './call.ts';
import { answerControl, CONTROL_PATH } from './control.ts';
import { sendAnswer, sendFault } from './delivery.ts';
import type { Documents } from './documents.ts';
import { createFaults } from './fault.ts';
import type { ProviderCode, Simulator } from './simulator.ts';

/** The rules of a simulated provider, without HTTP. All methods are synchronous, so that one call is one transaction. */
export interface Backend {
  answer(call: ApiCall): Answer;
  redeem(id: string, uses: number): void;
  redeemed(id: string): number;
  promoCodes(): ProviderCode[];
}

/** A backend, and how to serve it. */
interface Service {
  backend: Backend;
  documents: Documents;
  apiKey: string;
  port?: number;
  /** Absent: all. */
  keptCalls?: number | undefined;
  /** The path of the adapter's base URL, such as "/v1"; empty for none. */
  basePath: string;
}

/** Serves a backend on a port of 127.0.0.1. */
export async function serve(service: Service): Promise<Simulator> {
  const { backend, documents, apiKey, port = 0, keptCalls = Number.POSITIVE_INFINITY, basePath } = service;
  const calls: ReceivedCall[] = [];
  const faults = createFaults();
  const answer = (call: ApiCall) => documents.transaction(() => answerOrRefusal(() => backend.answer(call)));

  const controls = {
    calls,
    fail: faults.add,
    heal: faults.heal,
    redeem: (id: string, uses = 1) => documents.transaction(() => backend.redeem(id, uses)),
    redeemed: backend.redeemed,
    promoCodes: backend.promoCodes,
    codes: () => backend.promoCodes().map(({ code }) => code),
    faults: faults.waiting,
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await receiveCall(request);
    if (call.path.startsWith(CONTROL_PATH)) return sendAnswer(response, answerControl(controls, call));
    const { text: _, ...received } = call;
    calls.push(received);
    if (calls.length > keptCalls) calls.shift();
    const fault = faults.strike(call);
    if (fault === undefined) sendAnswer(response, answer(call));
    else await sendFault(response, fault, () => answer(call), faults);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => sendDefect(response, error));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  return {
    ...controls,
    url: `http://127.0.0.1:${portOf(server.address())}${basePath}`,
    apiKey,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      faults.heal();
      await closed;
      documents.close();
    },
  };
}

/** Reports a bug of the simulator, so that it does not look like an answer of the provider. Ends the response if it has started. */
function sendDefect(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  sendAnswer(response, textAnswer(500, `The simulator failed: ${error instanceof Error ? error.stack : error}`));
}

function portOf(address: string | { port: number } | null): number {
  if (address === null || typeof address === 'string') throw new Error('The simulator does not listen on a port');
  return address.port;
}
