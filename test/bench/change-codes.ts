/*
 * Changes stored promo codes while reads are measured, in another process than the gateway: CHANGES_PER_SECOND of those
 * with CHANGED_IDS, one after the other. Each gets another count, as from its provider.
 */
import { setInterval } from 'node:timers/promises';
import { z } from 'zod';
import { parsePromotionId } from '../../src/domain/promotion/identity.ts';
import { openStore } from '../../src/store/store.ts';
import { readNow } from '../store/store-parts.ts';
import { benchCode, OWNER } from './read-store.ts';

const ids = z.array(z.string()).parse(JSON.parse(process.env.CHANGED_IDS ?? ''));
const store = await openStore(process.env.DATABASE_URL ?? '');
process.once('SIGTERM', () => process.exit(0));
process.stdout.write('ready\n');
let made = 0;
for await (const _ of setInterval(1000 / Number(process.env.CHANGES_PER_SECOND))) {
  const number = Number(parsePromotionId(ids[made % ids.length] ?? '')?.providerId.split('_')[1]);
  const facts = { ...benchCode(number), redeemedCount: Math.floor(Math.random() * 90) };
  await store.promotions.save(OWNER, facts, await readNow(store.promotions, Date.now()));
  made += 1;
}
