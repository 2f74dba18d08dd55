/* The lower bound for the cost of a cached read: a node:http handler that looks up the row and writes ten fields as JSON. */
import { createServer } from 'node:http';
import Sqlite from 'better-sqlite3';

const sqlite = new Sqlite(process.env.DATABASE_URL ?? '');
sqlite.pragma('journal_mode = WAL');
const byId = sqlite.prepare<[string], Record<string, unknown>>('SELECT * FROM promotions WHERE id = ?');

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const { variables } = JSON.parse(Buffer.concat(chunks).toString());
  const row = byId.get(variables.id);
  const promoCode = row && {
    id: row.id,
    code: row.code,
    provider: row.provider,
    account: row.account,
    providerId: row.provider_id,
    maxRedemptions: row.max_redemptions,
    redeemedCount: row.redeemed_count,
    heldCount: row.held,
    startsAt: row.starts_at,
    createdAt: new Date(Number(row.created_at)).toISOString(),
  };
  const body = JSON.stringify({ data: { promoCode } });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  process.stdout.write(`http://127.0.0.1:${port}/graphql\n`);
});
process.once('SIGTERM', () => process.exit(0));
