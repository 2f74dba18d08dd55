import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_CALLER } from '../../../src/auth/caller.ts';
import { countedAddress, siteOf } from '../../../src/auth/networks.ts';
import { ClientAddresses } from '../../../src/http/admission/client-address.ts';

const BROWSER = { ...LOCAL_CALLER, isServer: false };
const PEER = '127.0.0.1';
const addresses = new ClientAddresses(['loopback', '192.0.2.0/24', '2001:db8:ffff::/48']);
const server = createServer((request, response) => {
  const isServer = request.headers['x-caller'] === 'server';
  response.end(JSON.stringify(addresses.of(request, isServer ? LOCAL_CALLER : BROWSER)));
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, PEER, () => resolve()));
  const address = server.address();
  url = `http://${PEER}:${address && typeof address === 'object' ? address.port : 0}`;
});
afterAll(() => server.close());

/** The client address that the gateway finds for a request with these X-Forwarded-For headers. */
async function seen(caller: 'browser' | 'server', ...headers: string[]): Promise<string | null> {
  const sent = new Headers({ 'x-caller': caller });
  for (const header of headers) sent.append('x-forwarded-for', header);
  return JSON.parse(await (await fetch(url, { headers: sent })).text());
}

describe('the address of a customer behind trusted proxies is read:', () => {
  it.each([
    ['with a port', '203.0.113.7:5678', '203.0.113.7'],
    ['as IPv6', '2001:db8::1', '2001:db8::/64'],
    ['as IPv6 that ends like a port', '2001:db8::1:443', '2001:db8::/64'],
    ['as IPv6 in brackets', '[2001:db8::1]', '2001:db8::/64'],
    ['as IPv6 with a port', '[2001:db8::1]:443', '2001:db8::/64'],
    ['in quotes', '"[2001:db8::1]:443"', '2001:db8::/64'],
    ['as IPv4 in quotes', '"203.0.113.7:5678"', '203.0.113.7'],
    ['with a zone id', '[fe80::1%25eth0]:443', 'fe80::/64'],
    ['as IPv4 within IPv6', '[::ffff:203.0.113.7]:443', '203.0.113.7'],
    ['after an empty entry', '203.0.113.7, , ', '203.0.113.7'],
    ['past what the customer sent itself', '198.51.100.1, 203.0.113.7:1', '203.0.113.7'],
    ['past a trusted hop with a port', '203.0.113.7, 192.0.2.8:4711', '203.0.113.7'],
    ['past a trusted IPv6 hop', '203.0.113.7, [2001:db8:ffff::1]:80', '203.0.113.7'],
  ])('%s: %s', async (_, header, address) => {
    expect([await seen('browser', header), await seen('server', header)]).toEqual([address, address]);
  });

  it('from several headers as well as from one', async () => {
    expect(await seen('browser', '198.51.100.1', '203.0.113.7', '192.0.2.8')).toBe('203.0.113.7');
  });
});

describe('an entry that is not an address makes the hop that wrote it count:', () => {
  it.each([
    'unknown',
    '_hidden',
    'junk',
    '1',
    '0x7f.1',
    '203.0.113.7:',
    '203.0.113.999',
    '203.0.113.7:80:80',
    '[]',
    '[203.0.113.7',
    '2001:db8::g',
    '/',
    '"',
  ])('%s', async (junk) => {
    for (const header of [junk, `203.0.113.7, ${junk}`]) {
      expect([await seen('browser', header), await seen('server', header)]).toEqual([PEER, PEER]);
    }
    expect(await seen('browser', `203.0.113.7, ${junk}, 192.0.2.8`)).toBe('192.0.2.8');
  });
});

it('without a forwarded address, a browser counts by its connection and a server does not count', async () => {
  for (const headers of [[], [''], [', ,'], ['192.0.2.8']]) {
    const own = headers[0] === '192.0.2.8' ? '192.0.2.8' : PEER;
    expect([headers, await seen('browser', ...headers), await seen('server', ...headers)]).toEqual([
      headers,
      own,
      null,
    ]);
  }
});

it('an IPv6 address counts by its /64 and belongs to its /48', () => {
  expect(countedAddress('2001:db8:1:2:3::4')).toBe('2001:db8:1:2::/64');
  expect(countedAddress('2001:db8:1:2::/64')).toBe('2001:db8:1:2::/64');
  expect(siteOf('2001:db8:1:2::/64')).toBe('2001:db8:1::/48');
  expect(siteOf('203.0.113.7')).toBeNull();
});
