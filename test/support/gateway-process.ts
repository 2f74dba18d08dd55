import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Pool } from 'undici';
import { z } from 'zod';
import { COMPILE_CACHE } from './compile-cache.ts';
import { noteLog } from './redaction.ts';
import type { Json } from './start-gateway.ts';

const usage = z.object({ user: z.number(), system: z.number(), peakKilobytes: z.number() });
const ROOT = new URL('../..', import.meta.url).pathname;

/** A gateway in a process of its own. */
export interface GatewayProcess {
  url: string;
  send(
    query: string,
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<{ data: Json; errors?: Json }>;
  /** The data of an operation that must not have errors. */
  run(query: string, variables?: Record<string, unknown>, headers?: Record<string, string>): Promise<Json>;
  /** Waits until it has logged a line like this so many times since it began. */
  logged(line: RegExp, times?: number): Promise<void>;
  /** Stops it where it is, as a machine does that is paused or moved, and lets it go on. */
  pause(): void;
  goOn(): void;
  /** The CPU time that it has used so far, in microseconds. */
  cpuTime(): Promise<number>;
  /** The most memory that it has had at a time so far, in bytes. */
  peakMemory(): Promise<number>;
  /** Ends it by a signal, unless it has ended, and gives its exit code; null when the signal itself ended it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

/**
 * Starts a gateway as `npm start` would (or what is to be compared with it), and waits until it listens.
 * @param fileBlocks how large a file may become that it writes, in blocks of 512 bytes; absent: any size
 */
export async function startProcess(
  settings: Record<string, string>,
  program = 'src/main.ts',
  { fileBlocks }: { fileBlocks?: number } = {},
): Promise<GatewayProcess> {
  const node = [process.execPath, '--import', './test/bench/report-cpu.ts', program];
  // A limit of the shell's on what a process may write to one file stands for a disk without room.
  const limited = ['/bin/sh', '-c', `ulimit -f ${fileBlocks} && exec "$@"`, 'sh', ...node];
  const [command = '', ...args] = fileBlocks === undefined ? node : limited;
  const child: ChildProcess = spawn(command, args, {
    cwd: ROOT,
    env: { ...COMPILE_CACHE, SANDBOX_EXAMPLES: '0', ...settings, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let printed = '';
  const hasLogged = (line: RegExp, times: number) =>
    printed.split('\n').filter((text) => line.test(text)).length >= times;
  const url = await new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      printed += chunk.toString();
      noteLog(chunk.toString());
      const address = printed.match(/http:\S+\/graphql/)?.[0];
      if (address) resolve(address);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', () => reject(new Error(printed)));
  });
  // As many calls at once as a busy shop makes; more wait here.
  const pool = new Pool(new URL(url).origin, { connections: 64 });
  const used = async () => {
    child.send('usage');
    const [answer] = await once(child, 'message');
    return usage.parse(answer);
  };
  const send: GatewayProcess['send'] = async (query, variables, headers = {}) => {
    const { body } = await pool.request({
      path: '/graphql',
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return JSON.parse(await body.text());
  };
  return {
    url,
    send,
    run: async (...operation) => {
      const { data, errors } = await send(...operation);
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    },
    logged: async (line, times = 1) => {
      while (!hasLogged(line, times)) {
        if (!child.stderr || child.exitCode !== null) throw new Error(`It has ended: ${printed}`);
        await Promise.race([once(child.stderr, 'data'), once(child, 'exit')]);
      }
    },
    pause: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    cpuTime: async () => {
      const { user, system } = await used();
      return user + system;
    },
    peakMemory: async () => (await used()).peakKilobytes * 1024,
    end: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill(signal);
        await ended;
      }
      await pool.destroy();
      return child.exitCode;
    },
  };
}
