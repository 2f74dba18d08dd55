import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Pool } from 'undici';
import { z } from 'zod';
import { noteLog } from '../redaction.ts';
import type { Json } from '../start-gateway.ts';
import { ANSWER_MEMORY } from './answer-memory.ts';
import { COMPILE_CACHE } from './compile-cache.ts';
import { withPackedPackages } from './packed-packages.ts';

const usage = z.object({ user: z.number(), system: z.number(), peakKilobytes: z.number() });
const ROOT = new URL('../../..', import.meta.url).pathname;

/** A gateway in its own process. */
export interface GatewayProcess {
  url: string;
  send(
    query: string,
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<{ data: Json; errors?: Json }>;
  /** The data of an operation that must not have errors. */
  run(query: string, variables?: Record<string, unknown>, headers?: Record<string, string>): Promise<Json>;
  /** Waits until it has logged a matching line this many times since it started. */
  logged(line: RegExp, times?: number): Promise<void>;
  /** The lines of its log so far that match. */
  linesOfLog(line: RegExp): string[];
  /** Stops the process, as when its machine is paused or moved. */
  pause(): void;
  /** Continues a paused process. */
  resume(): void;
  /** The CPU time used so far, in microseconds. */
  cpuTime(): Promise<number>;
  /** The peak memory so far, in bytes. */
  peakMemory(): Promise<number>;
  /** Ends the process by a signal, unless it has ended. Returns its exit code; null: the signal itself ended it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

/**
 * Starts a gateway as `npm start` does, and waits until it listens.
 * @param program the file to run; another server, to compare the gateway with it
 * @param fileBlocks the largest file that it may write, in blocks of 512 bytes; absent: any size
 */
export async function startProcess(
  settings: Record<string, string>,
  program = 'src/main.ts',
  { fileBlocks }: { fileBlocks?: number } = {},
): Promise<GatewayProcess> {
  const node = [process.execPath, '--import', './test/bench/report-cpu.ts', program];
  // The shell's limit on the size of a file simulates a full disk.
  const limited = ['/bin/sh', '-c', `ulimit -f ${fileBlocks} && exec "$@"`, 'sh', ...node];
  const [command = '', ...args] = fileBlocks === undefined ? node : limited;
  const child: ChildProcess = spawn(command, args, {
    cwd: ROOT,
    env: { ...COMPILE_CACHE, ...ANSWER_MEMORY, ...withPackedPackages(), SANDBOX_EXAMPLES: '0', ...settings, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let printed = '';
  const linesOfLog = (line: RegExp) => printed.split('\n').filter((text) => line.test(text));
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
  // The number of parallel calls of a busy shop. Further calls wait here.
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
      while (linesOfLog(line).length < times) {
        if (!child.stderr || child.exitCode !== null) throw new Error(`It has ended: ${printed}`);
        await Promise.race([once(child.stderr, 'data'), once(child, 'exit')]);
      }
    },
    linesOfLog,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
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
