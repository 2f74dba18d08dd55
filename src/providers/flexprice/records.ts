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
import { changedBefore } from '../client/failure.ts';
import { readEach } from '../client/wire-values.ts';
import {
  asCoupon,
  type FlexpriceRecord,
  mayBeMadeBy,
  type RecordWire,
  ROUTABLE_CODE,
  searchAnswer,
  toMetadataWire,
  toRecord,
} from './wire.ts';

/** Flexprice's own limit. */
const LONGEST_PAGE = 1000;
const COUPONS = ['coupons'];

/** The coupons of a Flexprice environment, which are our coupons and promo codes. */
export class FlexpriceRecords {
  readonly #client: ProviderClient;

  constructor(client: ProviderClient) {
    this.#client = client;
  }

  /**
   * Creates a record. One that an earlier try of the same intent has made holds the code already; it is the answer.
   * @param as what the record has to be; throws RangeError when it is not
   */
  async create<Made>(
    operation: string,
    body: RecordWire,
    as: (record: FlexpriceRecord) => Made,
    call: WriteCall,
  ): Promise<Made> {
    const whole = this.#client.within(call);
    const read = (answer: unknown) => as(toRecord(answer));
    try {
      const request = { operation, method: 'POST', path: COUPONS, body, read, conflict: 'CODE_TAKEN' } as const;
      return await this.#client.send(request, whole);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.reason !== 'CODE_TAKEN') throw error;
      const made = await this.madeBy(operation, body, { ...whole, intentId: call.intentId }).catch((unknown) => {
        throw changedBefore(unknown);
      });
      if (made === null || made === 'UNDECIDABLE') throw error;
      return as(made);
    }
  }

  /**
   * The record with the code of this write, if this very write has made it. UNDECIDABLE: it could have, and the mark that
   * would tell is gone, because metadata can be edited in the dashboard.
   */
  async madeBy(
    operation: string,
    body: Omit<RecordWire, 'metadata'>,
    call: WriteCall,
  ): Promise<FlexpriceRecord | 'UNDECIDABLE' | null> {
    const holder = await this.byCode(operation, body.coupon_code, call);
    if (holder === null || holder.promotion.intentId === call.intentId) return holder;
    return mayBeMadeBy(holder, body) ? 'UNDECIDABLE' : null;
  }

  /** By id Flexprice may answer a count that is half an hour old; its search is never cached, but finds live ones only. */
  async byId(operation: string, id: string, call: Call): Promise<FlexpriceRecord | null> {
    const whole = this.#client.within(call);
    const { items } = await this.#search(operation, { coupon_ids: [id], limit: 1 }, whole);
    const live = items.find(({ promotion }) => promotion.providerId === id);
    if (live !== undefined) return live;
    return this.#client.find({ operation, method: 'GET', path: [...COUPONS, id], read: toRecord }, whole);
  }

  /** Live ones only, in any case. A code that cannot stand in a path may still have been made at Flexprice itself. */
  async byCode(operation: string, code: string, call: Call): Promise<FlexpriceRecord | null> {
    if (ROUTABLE_CODE.test(code)) {
      const path = [...COUPONS, 'code', code];
      return this.#client.find({ operation, method: 'GET', path, read: toRecord }, call);
    }
    // The search compares codes as they are stored.
    const stored = code.trim().toLowerCase();
    const { items } = await this.#search(operation, { coupon_codes: [stored], limit: 1 }, call);
    return items.find((record) => record.code === stored) ?? null;
  }

  /** A page of live records, newest first. The cursor is the offset. */
  async list(operation: string, { cursor, limit }: PageRequest, call: Call): Promise<Page<FlexpriceRecord>> {
    const offset = Number(cursor ?? 0);
    const body = { limit: Math.min(limit, LONGEST_PAGE), offset, order: 'desc' };
    const { items, unreadable, total } = await this.#search(operation, body, call);
    const end = offset + items.length + unreadable;
    // An empty page before the end leaves out all that is behind it.
    const isCutOff = end === offset && end < total;
    return {
      items,
      unreadable: isCutOff ? total - end : unreadable,
      next: end < total && !isCutOff ? String(end) : null,
    };
  }

  async updateCoupon(id: string, { name, metadata }: CouponChange, call: WriteCall): Promise<ProviderCoupon> {
    const whole = this.#client.within(call);
    const before = await this.#coupon('updateCoupon', id, whole);
    const path = [...COUPONS, id];
    // Flexprice replaces the whole map, our marks with it.
    const body = { name, metadata: metadata === undefined ? undefined : toMetadataWire(metadata, before.marks) };
    const read = (answer: unknown) => asCoupon(toRecord(answer));
    const after = await this.#client.send({ operation: 'updateCoupon', method: 'PUT', path, body, read }, whole);
    // The answer's count is the cached one, and a count never falls.
    return { ...after, redeemedCount: larger(after.redeemedCount, before.coupon.redeemedCount) };
  }

  /** Flexprice says 200 to an unknown id and to a promo code's as well, so the coupon is read first. */
  async archiveCoupon(id: string, call: WriteCall): Promise<ProviderCoupon> {
    const whole = this.#client.within(call);
    const { coupon } = await this.#coupon('archiveCoupon', id, whole);
    const path = [...COUPONS, id];
    await this.#client.send({ operation: 'archiveCoupon', method: 'DELETE', path, read: () => undefined }, whole);
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
