import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createExamples, type Example } from '../src/gateway/promotions/create-examples.ts';
import * as registry from '../src/providers/index.ts';
import { freshGateway } from './support/gateways.ts';
import { startProcess } from './support/processes/gateway-process.ts';
import { openShop } from './support/shop.ts';

const CODES = '{ promoCodes(first: 100) { nodes { provider code status redeemedCount } } }';
const examples = Object.values(registry).flatMap(({ name, examples }) =>
  examples.map(({ code }) => ({ provider: name, code, status: 'ACTIVE', redeemedCount: 0 })),
);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'promo-gateway-examples-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function codesAfterStart(settings: Record<string, string>) {
  const gateway = await startProcess({ DATABASE_URL: join(folder, 'gateway.db'), ...settings });
  const { data } = await gateway.send(CODES);
  await gateway.end('SIGTERM');
  return data.promoCodes.nodes;
}

it('a sandbox starts with example codes of every provider, and creates them only once', async () => {
  for (const start of ['first', 'second']) {
    const codes = await codesAfterStart({ SANDBOX_EXAMPLES: '1' });
    expect(codes, start).toHaveLength(examples.length);
    expect(new Set(codes)).toEqual(new Set(examples));
  }
});

it('a sandbox without example codes starts empty', async () => {
  expect(await codesAfterStart({ SANDBOX_EXAMPLES: '0' })).toEqual([]);
});

it('an example code that exists already is left as it is, without a complaint', async () => {
  const gateway = await freshGateway();
  await openShop(gateway).createPromoCode({ provider: 'DURO', code: 'TAKEN', discount: { percentage: '10' } });
  const warnings: string[] = [];
  const example: Example = { code: 'TAKEN', terms: { discount: { kind: 'PERCENTAGE', percentage: '20' } } };
  await createExamples(gateway.gateway, [['DURO', example]], (warning) => warnings.push(warning));
  expect(warnings).toEqual([]);
});
