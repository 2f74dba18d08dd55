import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sandboxStateFile } from '../src/store/engines/sqlite/store-file.ts';
import { startProcess } from './support/processes/gateway-process.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'promo-gateway-sandbox-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const CREATE = `mutation { createPromoCode(input: { provider: DURO, code: "SAME", discount: { percentage: "5" } }) { __typename } }`;

it('two sandboxes with their stores in one folder do not share simulators', async () => {
  for (const name of ['one.db', 'two.db']) {
    const gateway = await startProcess({ DATABASE_URL: join(folder, name), SANDBOX: '1' });
    // A code can be created only once at one simulator.
    expect(await gateway.run(CREATE)).toEqual({ createPromoCode: { __typename: 'CreatePromoCodePayload' } });
    expect(await gateway.end('SIGTERM')).toBe(0);
  }
});

describe('the state of the simulators is', () => {
  it('in a file beside the store, which is named after it', () => {
    expect(sandboxStateFile('data/shop.sqlite')).toBe('data/shop.sqlite-sandbox');
    expect(sandboxStateFile(join(folder, 'promo-gateway.db'))).toBe(join(folder, 'promo-gateway.db-sandbox'));
  });

  it('in the file of earlier versions, if there is one and the store has the default name', () => {
    writeFileSync(join(folder, 'sandbox.db'), '');
    expect(sandboxStateFile(join(folder, 'promo-gateway.db'))).toBe(join(folder, 'sandbox.db'));
    expect(sandboxStateFile(join(folder, 'shop.db'))).toBe(join(folder, 'shop.db-sandbox'));
  });
});
