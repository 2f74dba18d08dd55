import { describe, expect, it } from 'vitest';
import { nameOf, readStoreUrl, simulatorsFile, storeAddress } from '../../../src/store/engines/address.ts';

it.each([
  ['./data/gw.db', './data/gw.db'],
  ['data/gw.db', 'data/gw.db'],
  ['/data/gw.db', '/data/gw.db'],
  ['/data/100%25 sure.db', '/data/100%25 sure.db'],
  ['C:\\data\\gw.db', 'C:\\data\\gw.db'],
  ['c:/data/gw.db', 'c:/data/gw.db'],
  ['./odd:name.db', './odd:name.db'],
  ['file:gw.db', 'gw.db'],
  ['file:./data/gw.db', './data/gw.db'],
  ['file:../data/gw.db', '../data/gw.db'],
  ['file:/data/gw.db', '/data/gw.db'],
  ['file:///data/gw.db', '/data/gw.db'],
  ['FILE:///data/gw.db', '/data/gw.db'],
  ['file://localhost/data/gw.db', '/data/gw.db'],
  ['file://./data/gw.db', './data/gw.db'],
  ['file://../data/gw.db', '../data/gw.db'],
  ['file:///data/my%20store%3F%23%25.db', '/data/my store?#%.db'],
  ['file:data/caf%C3%A9.db', 'data/café.db'],
  ['file:C:/data/gw.db', 'C:/data/gw.db'],
])('DATABASE_URL=%s is the file %s', (url, file) => {
  expect(readStoreUrl(url)).toEqual({ file });
});

it.each([
  ['sqlite:./data/gw.db', /sqlite: is not supported/],
  ['sqlite3:///data/gw.db', /sqlite3: is not supported/],
  ['mysql://user:secret@db.example/gw', /mysql: is not supported/],
  ['postgres:gw', /must name a host/],
  ['postgres://', /must name a host/],
  ['postgres:///gw', /must name a host/],
  ['postgres://user:secret@db.example', /must name a database/],
  ['PostgreSQL://user:secret@db.example/?sslmode=require', /must name a database/],
  ['postgres://user:secret@db.example/gw/more', /must name a database/],
  ['postgres://user:secret@one.example,two.example/gw', /must name one host/],
  ['postgres://user:secret@one.example:1,two.example:2/gw', /must be a URL/],
  ['postgres://user:sec/ret@db.example/gw', /must be a URL/],
  ['postgres://user:secret%@db.example/gw', /percent-encoding/],
  ['libsql+ws://db.example', /libsql\+ws: is not supported/],
  ['file:./data/gw.db?mode=ro', /no parameters/],
  ['file:///data/gw.db?cache=shared&mode=memory', /no parameters/],
  ['./data/gw.db?mode=ro', /no parameters/],
  ['file:./data/gw.db?', /%3F/],
  ['file:./data/gw.db#part', /%23/],
  ['file://data/gw.db', /of this machine/],
  ['file://db.example/data/gw.db', /of this machine/],
  ['file:./100%.db', /percent-encoding/],
  ['file:./%FF.db', /percent-encoding/],
  ['file:./a%00b.db', /NUL/],
  [':memory:', /must be a file/],
  ['file::memory:', /must be a file/],
  ['', /must name a file/],
  [' ', /must name a file/],
  ['file:', /must name a file/],
  ['file://', /must name a file/],
  ['file:///', /must name a file/],
  ['file:.', /must name a file/],
  ['file:./', /must name a file/],
  ['./data/', /must name a file/],
  ['..', /must name a file/],
  ['"./data/gw.db"', /quotation mark/],
  [' ./data/gw.db', /blank/],
  ['~/gw.db', /~/],
])('DATABASE_URL=%s is refused, and its value is not repeated', (url, fault) => {
  const read = readStoreUrl(url);
  expect(read).toEqual({ fault: expect.stringMatching(fault) });
  expect(JSON.stringify(read)).not.toMatch(/secret|example/);
});

it.each([
  'postgres://db.example/gw',
  'POSTGRESQL://user@db.example:6432/gw?sslmode=verify-full',
  'postgres://user:p%40ss%2Fword@[::1]:5432/my%20store',
  'postgres://user@%2Fvar%2Frun%2Fpostgresql/gw',
  'postgres:///gw?host=/var/run/postgresql',
])('DATABASE_URL=%s is a database on a server', (url) => {
  expect(readStoreUrl(url)).toEqual({ url });
});

describe('the store on a server', () => {
  const url = 'postgres://user:secret@db.example:6432/shop?sslpassword=secret';

  it('is used with one address, 6 connections and no wait by default', () => {
    expect(storeAddress({ url })).toEqual({ url, directUrl: url, poolSize: 6, waitSeconds: 0 });
    const directUrl = 'postgres://other.example/shop';
    const options = { directUrl, poolSize: 4, waitSeconds: 60 };
    expect(storeAddress({ url }, options)).toEqual({ url, ...options });
    expect(storeAddress({ file: 'gw.db' }, options)).toEqual({ file: 'gw.db' });
  });

  it('is named without user, password and parameters', () => {
    expect(nameOf(storeAddress({ url }))).toBe('postgres://db.example:6432/shop');
    expect(nameOf({ file: 'data/gw.db' })).toBe('data/gw.db');
  });

  it('has simulators with a file of their own in the default folder', () => {
    expect(simulatorsFile(storeAddress({ url }))).toBe('data/db.example-6432-shop-sandbox');
    const odd = simulatorsFile(storeAddress({ url: 'postgres://user@%2Fvar%2Frun/../my%20store' }));
    expect(odd).toMatch(/^data\/[\w.-]+-sandbox$/);
    expect(odd).not.toContain('..');
  });
});
