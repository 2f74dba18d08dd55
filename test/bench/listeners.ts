/* A thread of a benchmark. It opens subscriptions and counts the events that it receives. */
import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';

const { port, queries } = z.object({ port: z.number(), queries: z.array(z.string()) }).parse(workerData);

let events = 0;
let ended = 0;

/** Opens one subscription; resolves once the gateway has begun its answer. */
function listen(query: string): Promise<void> {
  return new Promise((resolve) => {
    const body = JSON.stringify({ query });
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\naccept: text/event-stream\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
    socket.on('data', (chunk) => {
      resolve();
      for (let at = chunk.indexOf('event: next'); at >= 0; at = chunk.indexOf('event: next', at + 1)) events += 1;
      if (chunk.includes('event: complete')) {
        ended += 1;
        socket.destroy();
      }
    });
    socket.on('error', () => {});
  });
}

// One after the other: in parallel, they would exceed the gateway's backlog of connections.
for (const query of queries) await listen(query);
parentPort?.postMessage({ events, ended });
parentPort?.on('message', () => parentPort?.postMessage({ events, ended }));
