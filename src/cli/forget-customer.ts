/* `npm run forget-customer -- CUSTOMER` replaces the id of a customer in the store. Gateways keep running. */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { readConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { codesBoundAtProvider, countCustomer, type ErasedRows, eraseCustomer } from '../store/customer-erasure.ts';
import type { Engine } from '../store/engines/engine.ts';
import { assertStore, openToFill } from '../store/engines/open-engine.ts';
import { print, printError, runCommand, UsageError } from './run.ts';

const USAGE = `npm run forget-customer -- CUSTOMER          show what the store has of the customer with this id
npm run forget-customer -- CUSTOMER --yes    replace the id by a random one
`;

const NAMES: Record<keyof ErasedRows, string> = {
  redemptions: 'redemptions',
  attempts: 'failed attempts',
  refusals: 'refusals',
  rules: "promo codes that the gateway's own rule keeps for the customer",
  history: 'changes of promo codes and coupons, with the customer in their metadata',
  keys: "idempotency keys of the customer's tokens",
  limits: 'counts of failed attempts',
};
const KINDS = Object.keys(NAMES).filter((kind): kind is keyof ErasedRows => kind in NAMES);

await runCommand({ usage: USAGE, failure: 'The customer was not forgotten', run: forgetCustomer });

async function forgetCustomer(words: string[]): Promise<number> {
  const options = { yes: { type: 'boolean', default: false } } as const;
  const { positionals, values } = parseArgs({ args: words, options, allowPositionals: true });
  const [customerId, ...rest] = positionals;
  if (!customerId || rest.length > 0) throw new UsageError();
  const { store } = readConfig(readEnv());
  await assertStore(store);
  const engine = await openToFill(store);
  try {
    return await (values.yes ? erase(engine, customerId) : show(engine, customerId));
  } finally {
    await engine.close();
  }
}

async function show(engine: Engine, customerId: string): Promise<number> {
  print(linesOf(await countCustomer(engine, customerId)));
  await printBound(engine, customerId);
  return print('Nothing has changed. Add --yes to replace the id in all of them.\n');
}

async function erase(engine: Engine, customerId: string): Promise<number> {
  const replacement = `forgotten-${randomUUID()}`;
  print(linesOf(await eraseCustomer(engine, customerId, replacement)));
  await printBound(engine, customerId);
  const left = Object.values(await countCustomer(engine, customerId)).some((rows) => rows > 0);
  if (left)
    return printError(
      'The id is in use: a call runs, or has written it again. End the sessions of the customer, and run this again.\n',
    );
  return print(`Replaced by ${replacement}.\n`);
}

async function printBound(engine: Engine, customerId: string): Promise<void> {
  for (const { provider, account, providerId, code } of await codesBoundAtProvider(engine, customerId)) {
    print(`${provider} ${account} keeps the promo code ${code} (${providerId}) for the customer: archive it there.\n`);
  }
}

function linesOf(rows: ErasedRows): string {
  const lines = KINDS.map((kind) => `${String(rows[kind]).padStart(8)}  ${NAMES[kind]}\n`);
  return lines.join('');
}
