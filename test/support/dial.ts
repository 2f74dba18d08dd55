import { connect } from 'node:net';

/** An HTTP answer as received. */
export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Opens a connection, and sends the lines of a request and the given part of its body unchanged. */
export function dial(url: string, lines: string[], body: string | Buffer = '') {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  // Tests expect that the gateway resets some connections.
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  socket.write(body);
  return {
    socket,
    closed,
    /** Reads until the gateway closes the connection, and returns all answers. */
    answers: async (): Promise<RawAnswer[]> => {
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      await closed;
      return parse(Buffer.concat(chunks));
    },
  };
}

/** Parses answers that have a Content-Length. Only the last one may have none. */
function parse(bytes: Buffer): RawAnswer[] {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return [];
  const [start = '', ...lines] = bytes.subarray(0, end).toString().split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => [nameOf(line), line.slice(line.indexOf(':') + 1).trim()]));
  const rest = bytes.subarray(end + 4);
  const length = Number(headers['content-length'] ?? rest.length);
  const answer = { status: Number(start.split(' ')[1]), headers, body: rest.subarray(0, length).toString() };
  return [answer, ...parse(rest.subarray(length))];
}

function nameOf(line: string): string {
  return line.slice(0, line.indexOf(':')).toLowerCase();
}
