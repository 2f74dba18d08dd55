import { ProviderError } from '../domain/provider/provider-error.ts';

/** The arguments do not fit the command. The message, if there is one, and the usage are printed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** One command of `npm run`. */
export interface Command {
  /** How to call the command. Ends with a line break. */
  usage: string;
  /** Says what did not happen, for example "No copy was made". Precedes the reason when an error ends the command. */
  failure: string;
  /**
   * Does the work.
   * @param words the arguments of the command line
   * @returns the exit code
   * @throws {UsageError} when the arguments do not fit; errors of `parseArgs` count as such
   */
  run(words: string[]): number | Promise<number>;
}

/** Why a command cannot call the providers of a sandbox. */
export const SIMULATED =
  'The providers are simulated, within the process of the gateway: this command, another process, cannot reach them.\n';

/** Runs a command with the arguments of this process. Prints why it failed, and sets the exit code. */
export async function runCommand({ usage, failure, run }: Command): Promise<void> {
  try {
    process.exitCode = await run(process.argv.slice(2));
  } catch (error) {
    // The program that reads the output has closed it, for example `head`.
    if (hasCode(error, 'EPIPE')) process.exit(0);
    const reason = isUsageError(error) ? error.message : reasonOf(error);
    const lines = [...(reason === '' ? [] : [`${failure}: ${reason}\n`]), ...(isUsageError(error) ? [usage] : [])];
    process.exitCode = printError(lines.join('\n'));
  }
}

/**
 * Prints the result of a command.
 * @returns exit code 0
 */
export function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

/**
 * Prints why a command failed.
 * @returns exit code 1
 */
export function printError(text: string): number {
  process.stderr.write(text);
  return 1;
}

function isUsageError(error: unknown): error is Error {
  return error instanceof UsageError || hasCode(error, 'ERR_PARSE_ARGS');
}

function hasCode(error: unknown, prefix: string): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith(prefix);
}

function reasonOf(error: unknown): string {
  if (error instanceof ProviderError) return `the call to ${error.provider} failed with ${error.kind}`;
  // Only a bug throws these: its stack says where.
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
    return error.stack ?? error.message;
  return error instanceof Error ? error.message : String(error);
}
