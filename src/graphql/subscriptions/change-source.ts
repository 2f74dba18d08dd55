import type { ChangedThing, ChangeReader } from '../../gateway/core/topic.ts';

/**
 * What a subscription field gives instead of a stream of values: where its changes come from, and how each is read. Only
 * a shared subscription reads it, at its own pace.
 */
export class ChangeSource<Value> implements AsyncIterable<Value> {
  /** Begins to gather changes; calls back when there are some. */
  readonly open: (onNews: () => void) => ChangeReader;
  /** The changed object as it is now; null: not part of this subscription. */
  readonly read: (change: ChangedThing) => Value | null;

  constructor(open: ChangeSource<Value>['open'], read: ChangeSource<Value>['read']) {
    this.open = open;
    this.read = read;
  }

  /** GraphQL asks whether a subscription field gives an async iterable, and Pothos types it so. */
  [Symbol.asyncIterator](): AsyncIterator<Value> {
    throw new Error('Changes are read through a shared subscription');
  }
}
