import { execFile } from 'node:child_process';
import { COMPILE_CACHE } from './compile-cache.ts';

const ROOT = new URL('../../..', import.meta.url).pathname;

export interface CommandResult {
  code: number;
  out: string;
  error: string;
}

/** Runs a command of `npm run`, or the gateway itself (`main`), until it ends. */
export function runCommand(
  name: string,
  parameters: readonly string[],
  variables: Record<string, string>,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [name === 'main' ? 'src/main.ts' : `src/cli/${name}.ts`, ...parameters],
      { cwd: ROOT, env: { ...COMPILE_CACHE, ...variables } },
      (_, out, error) => resolve({ code: child.exitCode ?? -1, out, error }),
    );
  });
}
