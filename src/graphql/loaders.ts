import DataLoader from 'dataloader';
import type { Promotion } from '../domain/promotion/promotion.ts';
import type { RecordedChange } from '../domain/promotion/recorded-change.ts';
import type { Refusal } from '../domain/redemption/outcomes.ts';
import type { Redemption } from '../domain/redemption/redemption.ts';
import { type EntityReference, entityRefusals } from '../gateway/attempts/entity-refusals.ts';
import type { QuotedCustomers } from '../gateway/attempts/look-up-blindly.ts';
import type { Gateway } from '../gateway/core/gateway.ts';
import { MAX_OBJECTS_IN_A_TURN, readInTurn } from '../gateway/reading/read-in-turn.ts';
import { type ReadPolicy, readPromotions, unknownUntil } from '../gateway/reading/read-promotion.ts';
import { readRedemptions } from '../gateway/reading/read-redemption.ts';
import { readStoredPromotions } from '../gateway/reading/read-stored-promotions.ts';
import type { Redeemer } from '../gateway/redemption/redeemer.ts';
import type { Caching } from './shared/caching.ts';

/** Reads objects in the order of their ids. Each is the object, null, or the error of reading it. */
type Read<Value> = (ids: readonly string[]) => Promise<(Value | Error)[]>;

/** STORED: from the store alone, for objects that belong to another one that was read. */
type Source = ReadPolicy | 'STORED';

export interface LoaderOptions {
  gateway: Gateway;
  redeemer: Redeemer;
  quotedCustomers: QuotedCustomers;
  caching: Caching;
}

/**
 * Loads objects by their ids. Each loader reports to `caching` what it has loaded. It is made when it is first used: most
 * requests need one.
 */
export class Loaders {
  readonly #options: LoaderOptions;
  readonly #promotions = new Map<Source, DataLoader<string, Promotion | null>>();
  #history: DataLoader<string, RecordedChange[]> | undefined;
  #redemption: DataLoader<string, Redemption | null> | undefined;
  #entityRefusal: DataLoader<EntityReference, Refusal | null, string> | undefined;

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  promotion(source: Source): DataLoader<string, Promotion | null> {
    const loader = this.#promotions.get(source) ?? this.#promotionLoader(source);
    this.#promotions.set(source, loader);
    return loader;
  }

  /** The changes of a promotion, newest first. */
  get history(): DataLoader<string, RecordedChange[]> {
    const { gateway, caching } = this.#options;
    this.#history ??= this.#loader((ids) => {
      caching.forbid();
      return gateway.store.promotionHistory.ofEach(ids);
    });
    return this.#history;
  }

  get redemption(): DataLoader<string, Redemption | null> {
    const { gateway, caching } = this.#options;
    this.#redemption ??= this.#loader((ids) => {
      caching.forbid();
      return readRedemptions(gateway, ids);
    });
    return this.#redemption;
  }

  /** Why a caller without the scope `read` may not see an entity; null: it may. */
  get entityRefusal(): DataLoader<EntityReference, Refusal | null, string> {
    const { gateway, redeemer, quotedCustomers } = this.#options;
    this.#entityRefusal ??= new DataLoader<EntityReference, Refusal | null, string>(
      (references) => entityRefusals(gateway, redeemer, references, quotedCustomers),
      { cacheKeyFn: ({ kind, id }) => `${kind}:${id}` },
    );
    return this.#entityRefusal;
  }

  #promotionLoader(source: Source): DataLoader<string, Promotion | null> {
    const { gateway, caching } = this.#options;
    return this.#loader(async (ids) => {
      const promotions = await (source === 'STORED'
        ? readStoredPromotions(gateway, ids)
        : readPromotions(gateway, ids, source));
      for (const [index, promotion] of promotions.entries()) {
        const id = ids[index] ?? '';
        if (promotion === null) caching.isMissing(id, unknownUntil(gateway, id, source));
        else if (!(promotion instanceof Error)) caching.shows(promotion, source);
      }
      return promotions;
    });
  }

  #loader<Value>(read: Read<Value>): DataLoader<string, Value> {
    const { gateway, redeemer } = this.#options;
    const inTurn = (ids: readonly string[]) =>
      readInTurn(gateway, { caller: redeemer.caller, objects: ids.length }, () => read(ids));
    return new DataLoader<string, Value>(inTurn, { maxBatchSize: MAX_OBJECTS_IN_A_TURN });
  }
}
