import { type RawBuilder, sql } from 'kysely';
import { codeSkeleton, normalizedCode } from '../../domain/codes/code.ts';
import type { Coupon, Instant, PromoCode, Promotion, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../engines/prepared.ts';
import type { PromotionRow } from '../tables.ts';
import { HeldCounts, mayHaveEnded } from './held-counts.ts';
import { toPromotion } from './promotion-rows.ts';

/** Where to look for a code; absent: everywhere. */
interface CodeOwner {
  provider?: ProviderName;
  account?: string;
}

type Ids = { ids: readonly string[] };

/** Reads promo codes and coupons as they are at `now`. */
export class PromotionReads {
  readonly #engine: Engine;
  readonly #held: HeldCounts;
  readonly #byId: PreparedQuery<{ id: string }, PromotionRow>;
  /** Includes the coupons of the promo codes. */
  readonly #byIds: PreparedQuery<Ids, PromotionRow>;
  readonly #lockByIds: PreparedQuery<Ids, PromotionRow>;
  readonly #byCode: (code: string) => Promise<PromotionRow[]>;
  readonly #bySkeleton: PreparedQuery<{ skeleton: string }, PromotionRow>;
  readonly #texts: PreparedQuery<Ids, Pick<PromotionRow, 'normalized_code' | 'code_skeleton'>>;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#held = new HeldCounts(engine);
    const { dialect } = engine;
    const rows = (db: Db) => db.selectFrom('promotions').selectAll();
    const areOrCouponsOf = (ids: RawBuilder<readonly string[]>) => {
      const isWanted = dialect.isAmong(sql.ref('id'), ids);
      // Without "or", so that every engine uses its indexes.
      const wanted = sql`select id from promotions where ${isWanted}
        union all select coupon_id from promotions where ${isWanted}`;
      return dialect.isResultOf(sql.ref('id'), wanted);
    };
    this.#byId = prepare(engine, (db, value: Placeholders<{ id: string }>) => rows(db).where('id', '=', value('id')));
    this.#byIds = prepare(engine, (db, value: Placeholders<Ids>) => rows(db).where(areOrCouponsOf(value('ids'))));
    this.#lockByIds = prepare(engine, (db, value: Placeholders<Ids>) =>
      dialect.locked(
        rows(db)
          .where(areOrCouponsOf(value('ids')))
          .orderBy('id'),
      ),
    );
    this.#texts = prepare(engine, (db, value: Placeholders<Ids>) =>
      db
        .selectFrom('promotions')
        .select(['normalized_code', 'code_skeleton'])
        .where(dialect.isAmong(sql.ref('id'), value('ids'))),
    );
    const byCode = prepare(engine, (db, value: Placeholders<{ code: string }>) =>
      rows(db).where('normalized_code', '=', value('code')),
    );
    const byCodes = prepare(engine, (db, value: Placeholders<{ codes: readonly string[] }>) =>
      rows(db).where(dialect.isAmong(sql.ref('normalized_code'), value('codes'))),
    );
    this.#byCode = engine.gathered(async (codes) => {
      const [only] = codes;
      if (only !== undefined && codes.length === 1) return [await byCode.all(engine.reads, { code: only })];
      const found = Map.groupBy(await byCodes.all(engine.reads, { codes }), (row) => row.normalized_code);
      return codes.map((code) => found.get(code) ?? []);
    });
    this.#bySkeleton = prepare(engine, (db, value: Placeholders<{ skeleton: string }>) =>
      rows(db).where(({ or, eb }) =>
        or([eb('normalized_code', '=', value('skeleton')), eb('code_skeleton', '=', value('skeleton'))]),
      ),
    );
  }

  async get(id: string, now: Instant, db: Db = this.#engine.reads): Promise<Promotion | null> {
    const row = await this.#byId.first(db, { id });
    if (!row) return null;
    // The most common promo code: its row is all there is to it.
    if (row.coupon_id === null && !mayHaveEnded(row, now)) return toPromotion(row, null, now);
    const [promotion = null] = await this.show([row], now, db);
    return promotion;
  }

  /** Reads several promotions with one query. Returns them in the order of the ids; null: not in the store. */
  async getMany(ids: readonly string[], now: Instant, db: Db = this.#engine.reads): Promise<(Promotion | null)[]> {
    const [only] = ids;
    // The most common case. The simple look-up takes half the time.
    if (only !== undefined && ids.length === 1) return [await this.get(only, now, db)];
    const found = new Map((await this.withCoupons(ids, now, db)).map((promotion) => [promotion.id, promotion]));
    return ids.map((id) => found.get(id) ?? null);
  }

  /**
   * The promotions with these ids and the coupons of the promo codes among them, each once.
   * @param lock locks the rows, in the order of their ids, until the transaction ends
   */
  async withCoupons(
    ids: readonly string[],
    now: Instant,
    db: Db = this.#engine.reads,
    { lock = false }: { lock?: boolean } = {},
  ): Promise<Promotion[]> {
    const rows = await (lock ? this.#lock(ids, db) : this.#byIds.all(db, { ids }));
    return promotionsIn(await this.#held.at(now, rows, db), now);
  }

  async #lock(ids: readonly string[], db: Db): Promise<PromotionRow[]> {
    const rows = await this.#lockByIds.all(db, { ids });
    const found = new Set(rows.map(({ id }) => id));
    // While the query waited for its lock, a promo code may have got another coupon.
    const isWhole = rows.every(({ coupon_id }) => coupon_id === null || found.has(coupon_id));
    return isWhole ? rows : this.#lockByIds.all(db, { ids });
  }

  async getPromoCode(id: string, now: Instant, db: Db = this.#engine.reads): Promise<PromoCode | null> {
    const promotion = await this.get(id, now, db);
    return promotion?.kind === 'PromoCode' ? promotion : null;
  }

  async getCoupon(id: string, now: Instant, db: Db = this.#engine.reads): Promise<Coupon | null> {
    const promotion = await this.get(id, now, db);
    return promotion?.kind === 'Coupon' ? promotion : null;
  }

  /** Every promo code with this normalized code, including archived ones, newest first. */
  async findByCode(code: string, owner: CodeOwner, now: Instant): Promise<PromoCode[]> {
    return this.#promoCodesOf(await this.#byCode(normalizedCode(code)), owner, now, this.#engine.reads);
  }

  /** Every promo code whose text looks like this one in any alphabet, newest first. */
  async findLookAlikes(
    code: string,
    owner: CodeOwner,
    now: Instant,
    db: Db = this.#engine.reads,
  ): Promise<PromoCode[]> {
    return this.#promoCodesOf(await this.#bySkeleton.all(db, { skeleton: codeSkeleton(code) }), owner, now, db);
  }

  /** The normalized codes and the skeletons of the promo codes with these ids. */
  async textsOf(ids: readonly string[]): Promise<string[]> {
    const rows = await this.#texts.all(this.#engine.reads, { ids });
    return rows.flatMap(({ normalized_code, code_skeleton }) => [normalized_code ?? [], code_skeleton ?? []].flat());
  }

  async #promoCodesOf(rows: PromotionRow[], owner: CodeOwner, now: Instant, db: Db): Promise<PromoCode[]> {
    const own = rows
      .filter(
        ({ provider, account }) => provider === (owner.provider ?? provider) && account === (owner.account ?? account),
      )
      .sort((one, other) => other.created_at - one.created_at || (one.id < other.id ? 1 : -1));
    const promotions = await this.show(own, now, db);
    return promotions.filter((promotion) => promotion.kind === 'PromoCode');
  }

  /** Converts rows of a list, in their order. Reads the coupons of the promo codes. */
  async show(rows: readonly PromotionRow[], now: Instant, db: Db = this.#engine.reads): Promise<Promotion[]> {
    const ids = [...new Set(rows.flatMap(({ coupon_id }) => coupon_id ?? []))];
    const current = await this.#held.at(now, [...rows, ...(await this.#rows(ids, db))], db);
    const shown = new Map(promotionsIn(current, now).map((promotion) => [promotion.id, promotion]));
    return rows.flatMap(({ id }) => shown.get(id) ?? []);
  }

  async #rows(ids: readonly string[], db: Db): Promise<PromotionRow[]> {
    const [only] = ids;
    if (only === undefined) return [];
    if (ids.length > 1) return this.#byIds.all(db, { ids });
    const row = await this.#byId.first(db, { id: only });
    return row ? [row] : [];
  }
}

/** The promotions in rows that include the coupons of the promo codes. */
function promotionsIn(rows: readonly PromotionRow[], now: Instant): Promotion[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return [...byId.values()].map((row) => {
    return toPromotion(row, row.coupon_id === null ? null : (byId.get(row.coupon_id) ?? null), now);
  });
}
