import { createServer, type IncomingHttpHeaders } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type GatewayProcess, startProcess } from '../support/processes/gateway-process.ts';
import { type Json, type RunningGateway, startGateway } from '../support/start-gateway.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const ROUTER_SPAN = 'b7ad6b7169203331';
const CREATE = `mutation { createPromoCode(input: { provider: DURO, code: "TRACED-CODE", discount: { percentage: "10" }, customerId: "cus_traced", allowGatewayRules: true }) { __typename } }`;
const REDEEM = `mutation Redeem { redeemPromoCode(input: { code: "TRACED-CODE", customerId: "cus_traced", idempotencyKey: "traced" }) { __typename } }`;
const READ = '{ promoCodeByCode(code: "TRACED-CODE", policy: FRESH) { id } }';

interface Received {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  kind: number;
  status?: { code?: number };
}

/* A collector that stores the received spans, and a gateway in its own process. */
let lender: RunningGateway;
let spans: Received[];
let text: string;
const collector = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const body = Buffer.concat(chunks).toString();
  text += body;
  const sent: Json = JSON.parse(body);
  for (const { scopeSpans } of sent.resourceSpans) for (const scope of scopeSpans) spans.push(...scope.spans);
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
});
let endpoint: string;
beforeEach(async () => {
  lender = await startGateway();
  spans = [];
  text = '';
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', () => resolve()));
  const address = collector.address();
  endpoint = `http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}`;
});
afterEach(async () => {
  await lender.stop();
  await new Promise((resolve) => collector.close(resolve));
});

function startTraced(settings: Record<string, string> = {}): Promise<GatewayProcess> {
  const own = { DATABASE_URL: `${lender.variables.DATABASE_URL}.own`, SYNC_SECONDS: '0' };
  return startProcess({ ...lender.variables, ...own, ...settings });
}

/** The names of a span's ancestors and of the span, outermost first. */
function pathOf(span: Received): string[] {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return [...(parent ? pathOf(parent) : []), span.name];
}

it('a request continues the trace of its router, from the resolver to the provider and the store', async () => {
  const gateway = await startTraced({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
  await gateway.send(CREATE);
  const before = lender.duro.calls.length;
  const traceparent = { traceparent: `00-${TRACE}-${ROUTER_SPAN}-01` };
  expect((await gateway.send(REDEEM, {}, traceparent)).data.redeemPromoCode.__typename).toBe('RedeemPayload');
  await gateway.send(READ, {}, traceparent);
  // The remaining spans are sent when the process ends.
  expect(await gateway.end('SIGTERM')).toBe(0);

  const own = spans.filter(({ traceId }) => traceId === TRACE);
  const requests = own.filter(({ name }) => name === 'POST /graphql');
  expect(requests.map(({ parentSpanId }) => parentSpanId)).toEqual([ROUTER_SPAN, ROUTER_SPAN]);
  const paths = own.map((span) => pathOf(span).join(' > '));
  const redeem = 'POST /graphql > Mutation.redeemPromoCode > redeemPromoCode';
  expect(paths).toContain(`${redeem} > findPromoCode > store query`);
  expect(paths).toContain(`${redeem} > store commit`);
  const read = 'POST /graphql > Query.promoCodeByCode > findPromoCode';
  expect(paths).toContain(`${read} > DURO readPromoCode`);
  expect(paths).toContain(`${read} > store query`);
  const call = own.find(({ name }) => name === 'DURO readPromoCode');
  const { headers } = lender.duro.calls.slice(before)[0] ?? {};
  expect(headers?.traceparent).toBe(`00-${TRACE}-${call?.spanId}-01`);
  // Status code 2 means an error.
  expect(own.filter(({ status }) => status?.code === 2)).toEqual([]);
});

it('a trace shows a failure, but nothing that a client has sent', async () => {
  const gateway = await startTraced({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
  await gateway.send(CREATE);
  await gateway.send(REDEEM);
  lender.duro.fail({ kind: 'answer', status: 503, times: Number.POSITIVE_INFINITY });
  await gateway.send(READ);
  await gateway.end('SIGTERM');
  expect(spans.filter(({ name, status }) => name === 'DURO readPromoCode' && status?.code === 2)).not.toEqual([]);
  for (const secret of ['TRACED-CODE', 'traced-code', 'cus_traced', lender.duro.apiKey])
    expect(text).not.toContain(secret);
});

it('without a collector nothing is traced and no trace headers are sent', async () => {
  const gateway = await startTraced();
  const headers: IncomingHttpHeaders = { traceparent: `00-${TRACE}-${ROUTER_SPAN}-01` };
  await gateway.send(CREATE, {}, { traceparent: String(headers.traceparent) });
  await gateway.end('SIGTERM');
  expect(lender.duro.calls.map(({ headers }) => headers.traceparent)).toEqual([undefined]);
  expect(spans).toEqual([]);
});

it('an unreachable collector does not delay requests or the end of the process', async () => {
  const gateway = await startTraced({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  expect((await gateway.send(CREATE)).data.createPromoCode.__typename).toBe('CreatePromoCodePayload');
  expect(await gateway.end('SIGTERM')).toBe(0);
});
