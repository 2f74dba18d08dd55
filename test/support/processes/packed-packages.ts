/** The environment variable with the module that lets a program import the packed packages. */
export const LOADED_FIRST = 'PROMO_GATEWAY_TEST_PACKED';

/** Environment variables that let a process import the packed packages. Outside of Vitest it imports them as they are. */
export function withPackedPackages(): { NODE_OPTIONS: string } {
  const module = process.env[LOADED_FIRST];
  return { NODE_OPTIONS: module === undefined ? '' : `--import=${module}` };
}
