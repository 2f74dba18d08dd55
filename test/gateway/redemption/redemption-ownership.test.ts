import { describe, expect, it } from 'vitest';
import { makeKeys } from '../../support/credentials/keys.ts';
import { freshGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';
import { activeUsesOn } from '../../support/uses-at-flexprice.ts';

describe('a redemption belongs to its caller', () => {
  const keys = makeKeys({ owner: 'read+manage+redeem', one: 'quote+redeem', two: 'quote+redeem', desk: 'read+redeem' });

  it("another caller's redemption can be settled with the scope manage, and is not found without it", async () => {
    const gateway = await freshGateway({ settings: keys.settings });
    const [owner, one] = [openShop(gateway, keys.of('owner')), openShop(gateway, keys.of('one'))];
    const [two, desk] = [openShop(gateway, keys.of('two')), openShop(gateway, keys.of('desk'))];
    const { code } = await owner.createPromoCode({ provider: 'FLEXPRICE' });
    const applied = payloadOf(await one.redeem({ code, subscriptionId: 'subs_1', order: { id: 'o' } })).redemption;
    const held = payloadOf(await one.hold({ code, order: { id: 'p' } })).redemption;
    const unknown = await two.cancel('nothing');
    expect(unknown.__typename).toBe('PromotionNotFoundError');
    for (const other of [two, desk]) {
      for (const { id } of [applied, held]) {
        expect(await other.cancel(id)).toEqual(unknown);
        expect(await other.confirm(id)).toEqual(unknown);
      }
    }
    expect(await activeUsesOn('subs_1', gateway)).toHaveLength(1);
    expect(payloadOf(await one.confirm(held.id)).redemption.status).toBe('REDEEMED');
    expect(payloadOf(await owner.cancel(held.id)).redemption.status).toBe('CANCELLED');
    expect(payloadOf(await owner.cancel(applied.id)).redemption.status).toBe('CANCELLED');
    expect(await activeUsesOn('subs_1', gateway)).toEqual([]);
  });

  it('names its caller to those who run the shop, and to nobody else', async () => {
    const gateway = await freshGateway({ settings: keys.settings });
    const [owner, one] = [openShop(gateway, keys.of('owner')), openShop(gateway, keys.of('one'))];
    const { code } = await owner.createPromoCode();
    const { redemption } = payloadOf(await one.redeem({ code }));
    const query = 'query ($id: ID!) { redemption(id: $id) { caller } }';
    expect(await gateway.run(query, { id: redemption.id }, keys.of('owner'))).toEqual({
      redemption: { caller: 'one' },
    });
    const { errors } = await gateway.send(query, { id: redemption.id }, keys.of('desk'));
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  it('countedByProvider is trusted with the scope manage, and frees no use without it', async () => {
    const gateway = await freshGateway({ settings: keys.settings });
    const owner = openShop(gateway, keys.of('owner'));
    const shop = openShop(gateway, keys.of('one'));
    const { code } = await owner.createPromoCode({ maxRedemptions: 1 });
    const { redemption } = payloadOf(await shop.hold({ code, order: { id: 'o1' } }));
    const input = { countedByProvider: true, idempotencyKey: 'counted' };
    const confirmed = await shop.confirm(redemption.id, input);
    expect(confirmed.redemption).toMatchObject({ status: 'REDEEMED', countedByProvider: false });
    expect(await shop.confirm(redemption.id, input)).toEqual({ ...confirmed, replayed: true });
    // The next attempt reads the provider's count again, which does not include the use.
    gateway.advance(61_000);
    expect(await shop.redeem({ code, order: { id: 'o2' } })).toMatchObject({ reason: 'NOT_REDEEMABLE' });

    const { code: another } = await owner.createPromoCode();
    const held = payloadOf(await shop.hold({ code: another, order: { id: 'o3' } })).redemption;
    expect(payloadOf(await owner.confirm(held.id, { countedByProvider: true })).redemption.countedByProvider).toBe(
      true,
    );
  });
});
