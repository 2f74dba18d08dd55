import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import type { ChangeListener } from '../engine.ts';
import { CHANNEL } from './change-announcer.ts';
import { connectionSettings } from './postgres-connections.ts';

/** How long a listener waits before it connects again: at first, and after many failures. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** How often a listener checks its connection, which may be broken without a sign. */
const CHECK_INTERVAL_MS = 1000;
const CHECK_TIMEOUT_MS = 5000;

/**
 * Listens on a connection of its own, and makes a new one if it breaks.
 * @param url the direct way to the server: a pooler in transaction mode does not deliver notifications
 * @param onNews called when there may be changes: after commits, and after each connection, because notifications may have
 *   been lost before it
 */
export function listenForChanges(
  url: string,
  onNews: () => void,
  { checkIntervalMs = CHECK_INTERVAL_MS } = {},
): ChangeListener {
  const closing = new AbortController();
  const { signal } = closing;
  const ended = (async () => {
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      const hasListened = await listen(url, onNews, { signal, checkIntervalMs });
      pauseMs = hasListened ? FIRST_PAUSE_MS : Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      // Half of it at random, so that the processes do not all return to a restarted server at once.
      await setTimeout(pauseMs * (1 - Math.random() / 2), undefined, { signal }).catch(() => {});
    }
  })();
  return {
    close: () => {
      closing.abort();
      return ended;
    },
  };
}

/** Listens until the connection breaks. @returns whether it came about */
async function listen(
  url: string,
  onNews: () => void,
  { signal, checkIntervalMs }: { signal: AbortSignal; checkIntervalMs: number },
): Promise<boolean> {
  const client = new pg.Client({ ...connectionSettings(url), query_timeout: CHECK_TIMEOUT_MS });
  // Without a listener, the event would end the process. The end follows.
  client.on('error', () => {});
  client.on('notification', onNews);
  let hasListened = false;
  try {
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
    hasListened = true;
    onNews();
    while (!(await endsWithin(client, checkIntervalMs, signal))) await client.query('SELECT 1');
  } catch {
    // The next connection may come about.
  }
  await client.end();
  return hasListened;
}

/** Waits for the end of a connection, at most for a time. @returns true when it has ended, or is to be closed */
async function endsWithin(client: pg.Client, milliseconds: number, closing: AbortSignal): Promise<boolean> {
  try {
    await once(client, 'end', { signal: AbortSignal.any([closing, AbortSignal.timeout(milliseconds)]) });
    return true;
  } catch {
    return closing.aborted;
  }
}
