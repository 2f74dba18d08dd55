import type {
  Call,
  CouponChange,
  Page,
  PageRequest,
  ProviderCoupon,
  WriteCall,
} from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { ProviderClient } from '../client/client.ts';
import { afterEarlierChange } from '../client/failure.ts';
import { readEach } from '../client/wire-values.ts';
import {
  asCoupon,
  canBeMadeBy,
  type FlexpriceRecord,
  type RecordWire,
  ROUTABLE_CODE,
  searchAnswer,
  toMetadataWire,
  toRecord,
} from './wire.ts';

/** Flexprice's limit. */
const MAX_PAGE_SIZE = 1000;
const COUPONS = ['coupons'];

/** The coupon records of a Flexprice environment. Each one is a coupon or a promo code of the gateway. */
export class FlexpriceRecords {
  readonly #client: ProviderClient;

  constructor(client: ProviderClient) {
    this.#client = client;
  }

  /**
   * Creates a record. If an earlier try of the same intent created it, Flexprice reports the code as taken, and this returns that
   * record.
   * @param toPromotion converts the record; throws RangeError if it is of the other kind
   */
  async create<Made>(
    operation: string,
    body: RecordWire,
    toPromotion: (record: FlexpriceRecord) => Made,
    call: WriteCall,
  ): Promise<Made> {
    const timedCall = this.#client.withDeadline(call);
    const read = (answer: unknown) => toPromotion(toRecord(answer));
    try {
      const request = { operation, method: 'POST', path: COUPONS, body, read, conflictReason: 'CODE_TAKEN' } as const;
      return await this.#client.send(request, timedCall);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.reason !== 'CODE_TAKEN') throw error;
      const made = await this.madeBy(operation, body, { ...timedCall, intentId: call.intentId }).catch((failure) => {
        throw afterEarlierChange(failure);
      });
      if (made === null || made === 'UNDECIDABLE') throw error;
      return toPromotion(made);
    }
  }

  /**
   * The record that this write created; null if the write created none. UNDECIDABLE: a matching record exists, but the mark in
   * its metadata is gone. Anybody can edit metadata in Flexprice's dashboard.
   */
  async madeBy(
    operation: string,
    body: Omit<RecordWire, 'metadata'>,
    call: WriteCall,
  ): Promise<FlexpriceRecord | 'UNDECIDABLE' | null> {
    const holder = await this.byCode(operation, body.coupon_code, call);
    if (holder === null || holder.promotion.intentId === call.intentId) return holder;
    return canBeMadeBy(holder, body) ? 'UNDECIDABLE' : null;
  }

  /**
   * The record with this id. Searches first, because a read by id may return a redemption count that is 30 minutes old. The search
   * is never cached, but does not find archived records.
   */
  async byId(operation: string, id: string, call: Call): Promise<FlexpriceRecord | null> {
    const timedCall = this.#client.withDeadline(call);
    const { items } = await this.#search(operation, { coupon_ids: [id], limit: 1 }, timedCall);
    const live = items.find(({ promotion }) => promotion.providerId === id);
    if (live !== undefined) return live;
    return this.#client.find({ operation, method: 'GET', path: [...COUPONS, id], read: toRecord }, timedCall);
  }

  /**
   * The live record with this code, in any case. A code that cannot be part of a path may have been created at Flexprice, so it is
   * searched for instead.
   */
  async byCode(operation: string, code: string, call: Call): Promise<FlexpriceRecord | null> {
    if (ROUTABLE_CODE.test(code)) {
      const path = [...COUPONS, 'code', code];
      return this.#client.find({ operation, method: 'GET', path, read: toRecord }, call);
    }
    // The search is case-sensitive, and Flexprice stores codes in lower case.
    const stored = code.trim().toLowerCase();
    const { items } = await this.#search(operation, { coupon_codes: [stored], limit: 1 }, call);
    return items.find((record) => record.code === stored) ?? null;
  }

  /** A page of live records, newest first. The cursor is the offset. */
  async list(operation: string, { cursor, limit }: PageRequest, call: Call): Promise<Page<FlexpriceRecord>> {
    const offset = Number(cursor ?? 0);
    const body = { limit: Math.min(limit, MAX_PAGE_SIZE), offset, order: 'desc' };
    const { items, unreadable, total } = await this.#search(operation, body, call);
    const end = offset + items.length + unreadable;
    // An empty page before the end: the rest cannot be read.
    const isCutOff = end === offset && end < total;
    return {
      items,
      unreadable: isCutOff ? total - end : unreadable,
      next: end < total && !isCutOff ? String(end) : null,
    };
  }

  async updateCoupon(id: string, { name, metadata }: CouponChange, call: WriteCall): Promise<ProviderCoupon> {
    const timedCall = this.#client.withDeadline(call);
    const before = await this.#coupon('updateCoupon', id, timedCall);
    const path = [...COUPONS, id];
    // Flexprice replaces the whole map, so the marks must be sent again.
    const body = { name, metadata: metadata === undefined ? undefined : toMetadataWire(metadata, before.marks) };
    const read = (answer: unknown) => asCoupon(toRecord(answer));
    const after = await this.#client.send({ operation: 'updateCoupon', method: 'PUT', path, body, read }, timedCall);
    // The count in the answer may come from the cache. A count never falls, so the larger one is newer.
    return { ...after, redeemedCount: larger(after.redeemedCount, before.coupon.redeemedCount) };
  }

  /** Reads the coupon first, because Flexprice answers 200 even for an unknown id or the id of a promo code. */
  async archiveCoupon(id: string, call: WriteCall): Promise<ProviderCoupon> {
    const timedCall = this.#client.withDeadline(call);
    const { coupon } = await this.#coupon('archiveCoupon', id, timedCall);
    const path = [...COUPONS, id];
    await this.#client.send({ operation: 'archiveCoupon', method: 'DELETE', path, read: () => undefined }, timedCall);
    return { ...coupon, active: false };
  }

  async #coupon(operation: string, id: string, call: Call) {
    const record = await this.byId(operation, id, call);
    if (record?.promotion.kind === 'Coupon') return { coupon: record.promotion, marks: record.marks };
    throw new ProviderError('FLEXPRICE', 'REJECTED', `${operation}: no such coupon`, {
      unchanged: true,
      reason: 'NOT_FOUND',
    });
  }

  #search(operation: string, body: object, call: Call) {
    const read = (answer: unknown) => {
      const { items, pagination } = searchAnswer.parse(answer);
      return { ...readEach(items ?? [], toRecord), total: pagination.total };
    };
    const path = [...COUPONS, 'search'];
    return this.#client.send({ operation, method: 'POST', path, body, isRead: true, read }, call);
  }
}

function larger(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}
