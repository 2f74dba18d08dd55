/*
 * Measures how long a caller without the scope `read` waits for the refusal of a code that is unknown, has expired, is used
 * up, or belongs to another customer: at the first attempt and at later ones. The kinds alternate, so a busy machine slows
 * all of them. Prints the median of each kind. The difference between two unknown codes shows the noise.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProviderPromoCode } from '../../src/domain/provider/provider.ts';
import { openStore } from '../../src/store/store.ts';
import { readNow } from '../store/store-parts.ts';
import { makeKeys } from '../support/credentials/keys.ts';
import { startProcess } from '../support/processes/gateway-process.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 2000);
const QUOTE = `query ($code: String!) {
  quotePromoCode(input: { code: $code, customerId: "cus_us" }) { ... on PromoCodeQuote { refusal { reason } } }
}`;
const REDEEM = `mutation ($code: String!, $key: String!) {
  redeemPromoCode(input: { code: $code, customerId: "cus_us", idempotencyKey: $key }) {
    ... on RedemptionRefusedError { reason }
  }
}`;

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-bench-'));
const file = join(folder, 'gateway.db');
const now = Date.now();
const usable: ProviderPromoCode = {
  kind: 'PromoCode',
  providerId: 'promo_usable',
  code: 'USABLE',
  coupon: null,
  discount: { kind: 'PERCENTAGE', percentage: '10' },
  duration: { kind: 'ONCE' },
  active: true,
  maxRedemptions: null,
  redeemedCount: 0,
  startsAt: null,
  expiresAt: null,
  createdAt: now,
  metadata: null,
  customerId: null,
  planId: null,
  firstTransactionOnly: false,
  minimumOrder: null,
};
const CODES: Record<string, Partial<ProviderPromoCode> | null> = {
  'UNKNOWN-1': null,
  'UNKNOWN-2': null,
  OVER: { expiresAt: now - 1 },
  'USED-UP': { maxRedemptions: 1, redeemedCount: 1 },
  THEIRS: { customerId: 'cus_them' },
};

const store = await openStore(file);
for (const [code, facts] of Object.entries(CODES)) {
  if (!facts) continue;
  for (const text of [code, ...Array.from({ length: ROUNDS }, (_, round) => `${code}-${round}`)]) {
    const promoCode = { ...usable, code: text, providerId: text, ...facts };
    const owner = { provider: 'DURO', account: 'default' } as const;
    await store.promotions.save(owner, promoCode, await readNow(store.promotions, now));
  }
}
await store.close();

const keys = makeKeys({ shop: 'quote+redeem' });
const gateway = await startProcess({
  ...keys.settings,
  DATABASE_URL: file,
  DURO_API_KEY: 'sk_test_bench',
  DURO_BASE_URL: 'http://127.0.0.1:9',
  DURO_MAX_AGE_SECONDS: '36000',
  ATTEMPTS_PER_CUSTOMER: '100000000',
  ATTEMPTS_PER_CALLER: '100000000',
});
const ways: Record<string, (code: string, round: number) => Promise<unknown>> = {
  'a first quote': (code, round) => gateway.send(QUOTE, { code: `${code}-${round}` }, keys.of('shop')),
  'a quote': (code) => gateway.send(QUOTE, { code }, keys.of('shop')),
  'a redemption': (code, round) => gateway.send(REDEEM, { code, key: `${code}-${round}` }, keys.of('shop')),
};

function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

try {
  for (const [way, attempt] of Object.entries(ways)) {
    const times = new Map<string, number[]>(Object.keys(CODES).map((code) => [code, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [code, taken] of times) {
        const begun = performance.now();
        await attempt(code, round);
        taken.push(performance.now() - begun);
      }
    }
    const floor = median(times.get('UNKNOWN-1') ?? []);
    for (const [code, taken] of times) {
      const own = median(taken);
      process.stdout.write(
        `${way} of ${code.padEnd(10)} ${own.toFixed(3)} ms   ${(own / floor).toFixed(3)} of an unknown code\n`,
      );
    }
  }
} finally {
  await gateway.end('SIGTERM');
  rmSync(folder, { recursive: true });
}
