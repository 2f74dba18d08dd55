import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const FOLDER = new URL('.', import.meta.url).pathname;

/** Starts a program of this folder with a channel for messages, and writes its input. */
export function startProgram(name: string, input: string, args: string[] = []): ChildProcess {
  const child = spawn(process.execPath, [name, ...args], { cwd: FOLDER, stdio: ['pipe', 'pipe', 'inherit', 'ipc'] });
  child.stdin?.end(input);
  return child;
}

/** The complete output of a program. */
export async function outputOf(child: ChildProcess): Promise<string> {
  let printed = '';
  child.stdout?.on('data', (chunk) => {
    printed += chunk;
  });
  await once(child, 'close');
  return printed;
}

/** The first line of a program's output. */
export async function firstLineOf(child: ChildProcess): Promise<string> {
  let printed = '';
  for await (const chunk of child.stdout ?? []) {
    printed += chunk;
    if (printed.includes('\n')) break;
  }
  return printed.trim();
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
