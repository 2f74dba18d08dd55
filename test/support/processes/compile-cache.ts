import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The environment of started processes. With Node's compile cache, each starts in half the time. */
export const COMPILE_CACHE = { NODE_COMPILE_CACHE: join(tmpdir(), 'promo-gateway-compile-cache') };
