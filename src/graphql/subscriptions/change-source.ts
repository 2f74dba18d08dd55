import type { ChangedThing, ChangeReader } from '../../gateway/core/topic.ts';
import type { Redeemer } from '../../gateway/redemption/redeemer.ts';

/**
 * The value of a subscription field, instead of a stream of objects: where its changes come from, and how to read the
 * object of each. Only a shared subscription reads it, at its own pace.
 */
export class ChangeSource<Value> implements AsyncIterable<Value> {
  /** Starts to collect changes. Calls back when there are some. Every change after it resolves is collected. */
  readonly open: (onNews: () => void) => Promise<ChangeReader>;
  /** The changed object as it is now; null: not part of this subscription. */
  readonly read: (change: ChangedThing) => Promise<Value | null>;
  /** Checks whether a subscriber may join. @throws {GraphQLError} */
  readonly admit: (redeemer: Redeemer) => Promise<void>;

  constructor(
    open: ChangeSource<Value>['open'],
    read: ChangeSource<Value>['read'],
    admit: ChangeSource<Value>['admit'] = async () => {},
  ) {
    this.open = open;
    this.read = read;
    this.admit = admit;
  }

  /** GraphQL requires the value of a subscription field to be an async iterable, and Pothos types it so. */
  [Symbol.asyncIterator](): AsyncIterator<Value> {
    throw new Error('Changes are read through a shared subscription');
  }
}
