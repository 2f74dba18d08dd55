import Sqlite from 'better-sqlite3';

/** The schema of the servers that the gateway is compared with: one look-up, ten fields. */
export const LOOK_UP_SCHEMA = `
  type Query {
    promoCode(id: ID!): PromoCode
  }
  type PromoCode {
    id: ID!
    code: String!
    provider: String!
    account: ID!
    providerId: ID!
    maxRedemptions: Int
    redeemedCount: Int!
    heldCount: Int!
    startsAt: String
    createdAt: String!
  }
`;

interface Row {
  id: string;
  code: string;
  provider: string;
  account: string;
  providerId: string;
  maxRedemptions: number | null;
  redeemedCount: number;
  heldCount: number;
  startsAt: number | null;
  createdAt: number;
}

/** Opens the file of a store, and returns a look-up by id with one prepared statement. */
export function openLookUp(file: string) {
  const sqlite = new Sqlite(file, { readonly: true });
  const byId = sqlite.prepare<[string], Row>(
    `SELECT id, code, provider, account, provider_id AS providerId, max_redemptions AS maxRedemptions,
      redeemed_count AS redeemedCount, held AS heldCount, starts_at AS startsAt, created_at AS createdAt
      FROM promotions WHERE id = ?`,
  );
  const textOf = (instant: number | null) => (instant === null ? null : new Date(instant).toISOString());
  return (id: string) => {
    const row = byId.get(id);
    return row ? { ...row, startsAt: textOf(row.startsAt), createdAt: textOf(row.createdAt) } : null;
  };
}
