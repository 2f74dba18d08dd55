import { expect, it } from 'vitest';
import { storeFile } from '../../../src/store/sqlite/store-file.ts';

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
  expect(storeFile(url)).toEqual({ file });
});

it.each([
  ['sqlite:./data/gw.db', /sqlite: is not supported/],
  ['sqlite3:///data/gw.db', /sqlite3: is not supported/],
  ['postgres://user:secret@db.example/gw', /postgres: is not supported/],
  ['PostgreSQL://db.example/gw', /postgresql: is not supported/],
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
  const read = storeFile(url);
  expect(read).toEqual({ fault: expect.stringMatching(fault) });
  expect(JSON.stringify(read)).not.toMatch(/secret|example/);
});
