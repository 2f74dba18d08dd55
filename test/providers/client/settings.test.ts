import { describe, expect, test } from 'vitest';
import { PROVIDERS } from '../../../src/domain/promotion/promotion.ts';
import type { Env, ProviderDefinition } from '../../../src/providers/definition.ts';
import * as registry from '../../../src/providers/index.ts';
import { variablesFor } from '../../../src/simulators/start-simulators.ts';

const { chatdash, duro, flexprice } = registry;

function connected<Settings>(definition: ProviderDefinition<Settings>, environment: Env, sandbox = false) {
  const settings = definition.settings.parse(environment);
  return settings === undefined ? [] : definition.connect(settings, { deadlineMs: 1000, sandbox }).providers;
}

function issues<Settings>(definition: ProviderDefinition<Settings>, environment: Env) {
  const { error } = definition.settings.safeParse(environment);
  return error?.issues.map(({ path, message }) => ({ variable: path.join('.'), message }));
}

test('the registry names every provider once', () => {
  expect(
    Object.values(registry)
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...PROVIDERS].sort());
});

test.each(Object.values(registry))('$name is off while its key is not set, empty or blank', (definition) => {
  for (const key of ['', '  ', undefined]) {
    const environment = { [definition.keyVariable]: key, DURO_CURRENCY: '?' };
    expect(definition.settings.parse(environment)).toBeUndefined();
  }
});

describe('Duro', () => {
  test.each([
    ['sk_test_1', 'https://sandbox.useduro.com', 'TEST'],
    ['sk_live_1', 'https://api.useduro.com', 'LIVE'],
  ])('derives base URL and mode from the key %s', (key, baseUrl, mode) => {
    expect(duro.settings.parse({ DURO_API_KEY: key })).toEqual({ apiKey: key, baseUrl, currency: 'NGN' });
    expect(connected(duro, { DURO_API_KEY: key })).toMatchObject([{ name: 'DURO', account: 'default', mode }]);
  });

  test('accepts a base URL and a currency', () => {
    const environment = { DURO_API_KEY: ' sk_test_1\n', DURO_BASE_URL: 'http://127.0.0.1:9/', DURO_CURRENCY: 'ghs' };

    expect(duro.settings.parse(environment)).toEqual({
      apiKey: 'sk_test_1',
      baseUrl: 'http://127.0.0.1:9',
      currency: 'GHS',
    });
  });

  test('accepts amounts in its currency only', () => {
    const [provider] = connected(duro, { DURO_API_KEY: 'sk_test_1', DURO_CURRENCY: 'GHS' });

    expect(provider?.capabilities.carriesAmount?.({ minorUnits: 1, currency: 'GHS' })).toBe(true);
    expect(provider?.capabilities.carriesAmount?.({ minorUnits: 1, currency: 'NGN' })).toBe(false);
  });

  test('reports which variable is invalid, and what it must be', () => {
    const environment = { DURO_API_KEY: 'sk test', DURO_BASE_URL: 'useduro.com', DURO_CURRENCY: 'naira' };

    expect(issues(duro, environment)).toEqual([
      { variable: 'DURO_API_KEY', message: 'must be the bare key, without spaces' },
      { variable: 'DURO_BASE_URL', message: expect.stringContaining('must be an http or https address') },
      { variable: 'DURO_CURRENCY', message: 'must be an ISO 4217 currency such as NGN' },
    ]);
  });

  test.each(['ftp://a.b', 'https://user:pass@a.b', 'https://a.b/v1?x=1', 'https://a.b/#x', 'http://', '/v1'])(
    'refuses the address %s',
    (DURO_BASE_URL) => {
      expect(issues(duro, { DURO_API_KEY: 'sk_test_1', DURO_BASE_URL })).toMatchObject([{ variable: 'DURO_BASE_URL' }]);
    },
  );
});

describe('Flexprice', () => {
  test('uses its US region by default', () => {
    expect(flexprice.settings.parse({ FLEXPRICE_API_KEY: 'sk_1' })).toEqual({
      apiKey: 'sk_1',
      baseUrl: 'https://us.api.flexprice.io/v1',
    });
    expect(connected(flexprice, { FLEXPRICE_API_KEY: 'sk_1' })).toMatchObject([{ account: 'default', mode: 'LIVE' }]);
  });
});

describe('ChatDash', () => {
  test('has one adapter per account, in the configured order', () => {
    const environment = { CHATDASH_API_KEY: 'CD.1', STRIPE_CONNECT_ACCOUNTS: 'acct_1B, acct_1A' };

    expect(chatdash.settings.parse(environment)).toMatchObject({ baseUrl: 'https://api.chat-dash.com/v1/public' });
    expect(connected(chatdash, environment)).toMatchObject([
      { name: 'STRIPE_CONNECT', account: 'acct_1B', mode: 'LIVE' },
      { name: 'STRIPE_CONNECT', account: 'acct_1A', mode: 'LIVE' },
    ]);
  });

  test.each([
    [undefined, 'must name at least one Stripe account'],
    ['', 'must name at least one Stripe account'],
    ['acct_1,', 'must be Stripe accounts'],
    ['cus_1', 'must be Stripe accounts'],
    ['acct_1,acct_1', 'must name each account once'],
  ])('refuses the accounts %j', (STRIPE_CONNECT_ACCOUNTS, message) => {
    expect(issues(chatdash, { CHATDASH_API_KEY: 'CD.1', STRIPE_CONNECT_ACCOUNTS })).toEqual([
      { variable: 'STRIPE_CONNECT_ACCOUNTS', message: expect.stringContaining(message) },
    ]);
  });
});

test.each(Object.values(registry))('a simulated $name has the mode SANDBOX, whatever its key', (definition) => {
  const environment = variablesFor(definition, { apiKey: 'sk_live_1', url: 'http://127.0.0.1' });
  expect(connectedInSandbox(definition, environment)).toMatchObject([{ name: definition.name, mode: 'SANDBOX' }]);
});

function connectedInSandbox<Settings>(definition: ProviderDefinition<Settings>, environment: Env) {
  return connected(definition, environment, true);
}
