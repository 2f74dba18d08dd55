import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers';
import DataLoader from 'dataloader';

/** The maximum number of keys in one query. */
const MOST_KEYS = 256;

/**
 * Combines what concurrent callers read in one turn of the event loop into one query. Each query has a price of its own,
 * most of all if the database is another process.
 * @param load returns a value for each key, in the order of the keys
 */
export function gathered<Key, Value>(load: (keys: readonly Key[]) => Promise<Value[]>): (key: Key) => Promise<Value> {
  // A query belongs to several requests: neither to the trace nor to the deadline of one of them.
  const outsideRequests = AsyncLocalStorage.snapshot();
  const loader = new DataLoader<Key, Value>((keys) => outsideRequests(() => load(keys)), {
    cache: false,
    maxBatchSize: MOST_KEYS,
    batchScheduleFn: (dispatch) => void setImmediate(dispatch),
  });
  return (key) => loader.load(key);
}
