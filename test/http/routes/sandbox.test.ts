import { describe, expect, it } from 'vitest';
import { makeKeys } from '../../support/credentials/keys.ts';
import { freshGateway, sharedGateway } from '../../support/gateways.ts';
import { openShop } from '../../support/shop.ts';
import { sendRaw } from '../send-raw.ts';

const gateway = await sharedGateway({ hasPanel: true });
const shop = openShop(gateway);
const origin = new URL(gateway.url).origin;
const BROWSER = { accept: 'text/html' };

async function send(method: string, path: string, { headers = {}, body = '', to = origin } = {}) {
  const { status, headers: sent, body: bytes } = await sendRaw(`${to}${path}`, { method, headers }, body);
  return { status, headers: sent, text: bytes.toString() };
}

/** Presses a button of the page. */
function press(button: Record<string, string>, headers = {}) {
  return send('POST', '/sandbox', { headers: { ...BROWSER, ...headers }, body: `${new URLSearchParams(button)}` });
}

async function faultsOf(provider: string): Promise<string[]> {
  const { providers } = JSON.parse((await send('GET', '/sandbox')).text);
  return providers.find((one: { provider: string }) => one.provider === provider).faults;
}

async function readFresh(code: string) {
  const { promoCodeByCode } = await gateway.run(
    'query ($code: String!) { promoCodeByCode(code: $code, policy: FRESH) { redeemedCount freshness { stale } } }',
    { code },
  );
  return promoCodeByCode;
}

describe('the page of the sandbox', () => {
  it('has buttons for each provider, runs no script and loads nothing', async () => {
    const { status, headers, text } = await send('GET', '/sandbox', { headers: BROWSER });
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(text.match(/<h2>/g)).toHaveLength(Object.keys(gateway.simulators).length);
    expect(text).not.toMatch(/<script|\son\w+=|https?:/);
    expect(headers['content-security-policy']).toMatch(
      /default-src 'none'.*form-action 'self'.*frame-ancestors 'none'/,
    );
  });

  it('shows a fault whose button was pressed, in the place of the one before, until it is healed', async () => {
    const buttons = [
      ...(await send('GET', '/sandbox', { headers: BROWSER })).text.matchAll(/name="press" value="(\w+)"/g),
    ];
    const presets = new Set(buttons.map(([, value = '']) => value).filter((value) => !/^(HEAL|USE)$/.test(value)));
    expect(presets.size).toBeGreaterThan(3);
    const shown = new Set<string>();
    for (const preset of presets) {
      const { status, headers } = await press({ provider: 'DURO', press: preset });
      expect([status, headers.location]).toEqual([303, '/sandbox']);
      const faults = await faultsOf('DURO');
      expect(faults).toHaveLength(1);
      shown.add(faults.join());
      expect((await send('GET', '/sandbox', { headers: BROWSER })).text).toContain(`Faults: ${faults.join()}`);
    }
    expect(shown.size).toBe(presets.size);
    expect(await faultsOf('FLEXPRICE')).toEqual([]);
    await press({ provider: 'DURO', press: 'HEAL' });
    expect(await faultsOf('DURO')).toEqual([]);
  });

  it('makes a provider fail, and work again', async () => {
    await shop.createPromoCode({ provider: 'DURO', code: 'FAILS', discount: { percentage: '5' } });
    await press({ provider: 'DURO', press: 'DOWN' });
    expect(await readFresh('FAILS')).toMatchObject({ freshness: { stale: true } });
    await press({ provider: 'DURO', press: 'HEAL' });
    expect(await readFresh('FAILS')).toMatchObject({ freshness: { stale: false } });
  });

  it.each(['DURO', 'FLEXPRICE', 'STRIPE_CONNECT'] as const)(
    'loses the answer to a creation at %s',
    async (provider) => {
      await press({ provider, press: 'LOST' });
      const input = { provider, code: `LOST-${provider}`.slice(0, 10), idempotencyKey: provider };
      const terms = { ...input, discount: { percentage: '5' } };
      const create = 'mutation ($input: CreatePromoCodeInput!) { createPromoCode(input: $input) { __typename } }';
      const answers = [await gateway.run(create, { input: terms }), await gateway.run(create, { input: terms })];
      expect(answers.map(({ createPromoCode }) => createPromoCode?.__typename)).toEqual([
        'PromotionProviderError',
        'CreatePromoCodePayload',
      ]);
      const codes = gateway.simulatorOf(provider).codes();
      expect(codes.filter((code) => code.toUpperCase() === terms.code)).toHaveLength(1);
    },
  );

  it('counts uses at the provider, by the text of the code in any letter case', async () => {
    await shop.createPromoCode({
      provider: 'FLEXPRICE',
      code: 'ELSEWHERE',
      discount: { percentage: '5' },
      maxRedemptions: 3,
    });
    expect((await press({ provider: 'FLEXPRICE', press: 'USE', code: ' Elsewhere', uses: '2' })).status).toBe(303);
    expect(await readFresh('ELSEWHERE')).toMatchObject({ redeemedCount: 2 });
    const refused = await press({ provider: 'FLEXPRICE', press: 'USE', code: 'ELSEWHERE', uses: '2' });
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('role="alert"')]);
    expect(await readFresh('ELSEWHERE')).toMatchObject({ redeemedCount: 2 });
  });

  it.each([
    ['an unknown code', { provider: 'DURO', press: 'USE', code: '<b>', uses: '1' }, 'no code &#60;b&#62;'],
    ['uses that are no number', { provider: 'DURO', press: 'USE', code: 'X', uses: 'many' }, 'Uses is a number'],
    ['an unknown provider', { provider: 'NOBODY', press: 'HEAL' }, 'No provider has this name'],
    ['an unknown button', { provider: 'DURO', press: 'EXPLODE' }, 'HEAL'],
    ['an empty form', {}, 'Invalid'],
  ])('refuses %s', async (_, button, message) => {
    const { status, text } = await press(button);
    expect([status, text.match(/role="alert">([^<]*)/)?.[1]]).toEqual([400, expect.stringContaining(message)]);
  });

  it('takes its forms from no page of another site', async () => {
    const button = { provider: 'DURO', press: 'DOWN' };
    for (const other of ['https://evil.example', 'null', `${origin}9`]) {
      const { status, text } = await press(button, { origin: other });
      expect([status, JSON.parse(text)]).toMatchObject([403, { errors: [{ extensions: { code: 'CSRF_PREVENTED' } }] }]);
    }
    expect(await faultsOf('DURO')).toEqual([]);
    expect((await press(button, { origin })).status).toBe(303);
  });
});

describe('the control calls for scripts', () => {
  it('add and remove faults, count uses, and list codes and calls', async () => {
    await shop.createPromoCode({ provider: 'DURO', code: 'SCRIPT', discount: { percentage: '5' } });
    const fault = '{"kind":"answer","status":503,"times":"always","path":"/v1/promo-codes"}';
    expect((await send('POST', '/sandbox/duro/faults', { body: fault })).status).toBe(201);
    expect(await readFresh('SCRIPT')).toMatchObject({ freshness: { stale: true } });
    expect((await send('DELETE', '/sandbox/duro/faults')).status).toBe(200);
    const used = await send('POST', '/sandbox/duro/redeem', { body: '{"code":"script","uses":3}' });
    expect([used.status, JSON.parse(used.text)]).toMatchObject([200, { uses: 3 }]);
    expect(await readFresh('SCRIPT')).toMatchObject({ redeemedCount: 3, freshness: { stale: false } });
    const codes = JSON.parse((await send('GET', '/sandbox/duro/codes')).text);
    expect(codes).toContainEqual({ id: JSON.parse(used.text).id, code: 'SCRIPT', redeemed: 3 });
    const calls = JSON.parse((await send('GET', '/sandbox/duro/calls')).text);
    expect(calls).toContainEqual(expect.objectContaining({ method: 'POST', path: '/v1/promo-codes' }));
  });

  it('say what is wrong with them', async () => {
    const unknown = await send('POST', '/sandbox/duro/redeem', { body: '{"code":"none"}' });
    expect([unknown.status, JSON.parse(unknown.text)]).toEqual([400, { error: 'The provider has no code none' }]);
    expect((await send('POST', '/sandbox/duro/faults', { body: '{"kind":"explosion"}' })).status).toBe(400);
    expect((await send('GET', '/sandbox/duro/faults')).status).toBe(405);
    expect((await send('GET', '/sandbox/nobody/codes')).status).toBe(404);
  });
});

describe('the controls of a sandbox exist', () => {
  const paths = ['/sandbox', '/sandbox/duro/calls', '/sandbox/duro/codes'];

  it('not in a gateway of real providers', async () => {
    const { url } = await freshGateway();
    for (const path of paths) expect((await send('GET', path, { to: new URL(url).origin })).status, path).toBe(404);
  });

  it('only for operators in a gateway with keys', async () => {
    const keys = makeKeys({ reader: 'read', operator: 'operate' });
    const { url } = await freshGateway({ hasPanel: true, settings: keys.settings });
    const to = new URL(url).origin;
    for (const path of paths) {
      const statuses = [];
      for (const headers of [{}, keys.of('reader'), keys.of('operator')]) {
        statuses.push((await send('GET', path, { to, headers })).status);
      }
      expect(statuses, path).toEqual([401, 403, 200]);
    }
    expect((await send('POST', '/sandbox', { to, body: 'provider=DURO&press=DOWN' })).status).toBe(401);
  });
});
