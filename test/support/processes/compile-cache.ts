/** The environment of started processes. With Node's compile cache, each starts in half the time. */
export const COMPILE_CACHE = {
  NODE_COMPILE_CACHE: new URL('../../../node_modules/.cache/compiled', import.meta.url).pathname,
};
