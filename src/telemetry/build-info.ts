import { readFileSync } from 'node:fs';
import { Gauge, type Registry } from 'prom-client';
import { z } from 'zod';

const manifest = z.object({ version: z.string() });

/** Registers a gauge that is always 1, whose labels name the version of the gateway and of Node. */
export function registerBuildInfo(registry: Registry): void {
  const { version } = manifest.parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')));
  const build = new Gauge({
    name: 'promo_gateway_build_info',
    help: 'Always 1: the version of the gateway and of Node.',
    labelNames: ['version', 'node'],
    registers: [registry],
  });
  build.set({ version, node: process.versions.node }, 1);
}
