import { expect, it } from 'vitest';
import { flexpriceClient } from '../../simulators/client.ts';
import { STORES } from '../../store/test-stores.ts';
import { synchroniseOnce } from '../../support/rounds.ts';
import { openShop } from '../../support/shop.ts';
import { startGateway } from '../../support/start-gateway.ts';

it.each(STORES)(
  'text of a provider that no store on PostgreSQL can keep is shown with U+FFFD: %s',
  async (_, store) => {
    const gateway = await startGateway({ store });
    const { id, providerId } = await openShop(gateway).createCoupon({ provider: 'FLEXPRICE' });
    const edited = { name: 'Spring\0 \ud83d\ude00', metadata: { 'te\0am': 'gr\0owth', half: 'a\ud83d' } };
    await flexpriceClient(gateway.flexprice)('PUT', `/coupons/${providerId}`, edited);
    gateway.advance(60_000);
    expect(await synchroniseOnce(gateway, 'FLEXPRICE')).toBe('DONE');
    const { coupon } = await gateway.run('query ($id: ID!) { coupon(id: $id) { name metadata } }', { id });
    expect(coupon).toEqual({
      name: 'Spring\ufffd \u{1f600}',
      metadata: { 'te\ufffdam': 'gr\ufffdowth', half: 'a\ufffd' },
    });
    await gateway.stop();
  },
);
