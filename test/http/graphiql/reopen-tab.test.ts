import { describe, expect, it } from 'vitest';
import { reopenTab } from '../../../src/http/graphiql/reopen-tab.ts';

interface Tab {
  query: string | null;
  variables?: string | null;
  headers?: string | null;
}

/** What the browser has stored after `reopenTab`. */
function reopened(stored: Record<string, string>, search = ''): Record<string, string> {
  const texts = new Map(Object.entries(stored));
  reopenTab(
    {
      getItem: (key) => texts.get(key) ?? null,
      setItem: (key, value) => texts.set(key, value),
      removeItem: (key) => texts.delete(key),
    },
    search,
  );
  return Object.fromEntries(texts);
}

function state(tabs: Tab[], activeTabIndex: number): string {
  return JSON.stringify({ tabs, activeTabIndex });
}

const FIRST = { query: 'query First { a }', variables: null, headers: null };
const SECOND = { query: 'query Second { a }', variables: '{"b":1}', headers: null };
const EMPTY = { query: null };

describe('the tab that GraphiQL opens', () => {
  it('is the one that was open before, with its variables', () => {
    const tabs = [FIRST, SECOND];
    expect(reopened({ 'graphiql:tabState': state(tabs, 1) })).toEqual({
      'graphiql:tabState': state(tabs, 1),
      'graphiql:query': SECOND.query,
      'graphiql:variables': SECOND.variables,
    });
    expect(reopened({ 'graphiql:tabState': state(tabs, 0) })).toMatchObject({
      'graphiql:query': FIRST.query,
    });
  });

  it('is the first one if an empty one was open, and empty ones are gone', () => {
    const stored = { 'graphiql:tabState': state([EMPTY, FIRST, SECOND, { query: ' \n' }], 3), 'graphiql:query': ' \n' };
    expect(reopened(stored)).toMatchObject({
      'graphiql:tabState': state([FIRST, SECOND], 0),
      'graphiql:query': FIRST.query,
    });
  });

  it('keeps its place when an empty one before it goes', () => {
    expect(reopened({ 'graphiql:tabState': state([EMPTY, FIRST, SECOND], 2) })).toMatchObject({
      'graphiql:tabState': state([FIRST, SECOND], 1),
    });
  });

  it('is an example if nothing but empty ones, or nothing readable, is stored', () => {
    expect(reopened({ 'graphiql:tabState': state([EMPTY], 0), 'graphiql:query': ' ' })).toEqual({});
    for (const stored of ['', '{', '{}', '{"tabs":{}}', '{"tabs":[null],"activeTabIndex":0}']) {
      expect(reopened({ 'graphiql:tabState': stored }), stored).toEqual({});
    }
  });

  it('is that of the URL if the URL has an operation', () => {
    const stored = { 'graphiql:tabState': state([FIRST, EMPTY], 1) };
    expect(reopened(stored, '?query=%7Ba%7D')).toEqual(stored);
  });

  it.each(['', '?query=%7Ba%7D'])(
    'has no headers that an earlier version stored, with the URL query "%s"',
    (search) => {
      const headers = '{"authorization":"Bearer secret"}';
      const stored = {
        'graphiql:tabState': state(
          [
            { ...FIRST, headers },
            { ...SECOND, headers },
          ],
          0,
        ),
        'graphiql:headers': headers,
        'graphiql:shouldPersistHeaders': 'true',
      };
      const { 'graphiql:tabState': tabs, ...others } = reopened(stored, search);
      expect(tabs).toBe(state([FIRST, SECOND], 0));
      expect(JSON.stringify(others)).not.toMatch(/secret|headers/i);
    },
  );
});
