import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import * as registry from '../../src/providers/index.ts';
import { type GatewayProcess, startProcess } from '../support/processes/gateway-process.ts';
import { launchBrowser } from './launch.ts';

/* GraphiQL in a real Chromium, on the first visit to a gateway that has just been started. */

const TABS = [
  'Providers',
  'CreateOnDuro',
  'CreateOnFlexprice',
  'CreateOnStripe',
  'FindOnStripe',
  'CreateOnStripeConnect',
  'Quote',
  'Hold',
  'Redeem',
  'List',
  'Live',
];
const FIRST = 'Providers';
/** A person holds the button of the mouse for about 100 ms: six frames of a screen. */
const PRESSED_FRAMES = 6;

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-browser-'));
let gateway: GatewayProcess;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let requested: URL[];
let broken: string[];

beforeAll(async () => {
  gateway = await startProcess({ DATABASE_URL: join(folder, 'gateway.db'), SANDBOX_EXAMPLES: '1' });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await gateway.end('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  // A context of its own has no memory of an earlier visit.
  context = await browser.newContext({ viewport: { width: 1500, height: 900 } });
  requested = [];
  broken = [];
  await visit();
});
afterEach(() => context.close());

/** Opens GraphiQL in another page of the same browser profile. */
async function visit(): Promise<void> {
  page = await context.newPage();
  page.on('request', (request) => requested.push(new URL(request.url())));
  page.on('pageerror', (error) => broken.push(error.message));
  await page.goto(gateway.url);
  await page.waitForSelector('.graphiql-execute-button');
}

/** The index of the open tab, as GraphiQL has stored it. It waits a moment before it does. */
function storedIndex(): Promise<unknown> {
  return page.evaluate(() => JSON.parse(localStorage.getItem('graphiql:tabState') ?? '{}').activeTabIndex);
}

function namesOfTabs(): Promise<string[]> {
  return page.locator('.graphiql-tab-button').allInnerTexts();
}

/** Presses the mouse in the middle of a tab for some frames, once, and releases it at the same place. */
async function press(tab: string): Promise<void> {
  const button = page.locator(`.graphiql-tab-button:text-is("${tab}")`);
  await button.scrollIntoViewIfNeeded();
  const box = await button.boundingBox();
  if (!box) throw new Error(`The tab ${tab} is not shown`);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await passFrames(PRESSED_FRAMES);
  await page.mouse.up();
}

/** Waits until the page has been drawn this many times. */
async function passFrames(frames: number): Promise<void> {
  await page.evaluate(async (count) => {
    for (let frame = 0; frame < count; frame++) await new Promise((drawn) => requestAnimationFrame(drawn));
  }, frames);
}

/** Presses a tab, and waits until the editor shows its operation. */
async function open(tab: string): Promise<void> {
  await press(tab);
  await showsOperation(tab);
}

async function showsOperation(tab: string): Promise<void> {
  const editor = page.locator('.graphiql-query-editor');
  await expect
    .poll(async () => flat(await editor.innerText()), { timeout: 30_000 })
    .toMatch(new RegExp(`(query|mutation|subscription) ${tab}\\b`));
}

/** Runs the operation of the tab. GraphiQL takes a moment to find it; until then it sends nothing. */
async function execute(): Promise<void> {
  const sent = page.waitForRequest((request) => request.url().startsWith(gateway.url), { timeout: 30_000 });
  const button = page.locator('.graphiql-execute-button');
  const again = setInterval(() => void button.click().catch(() => {}), 1000);
  await button.click();
  await sent.finally(() => clearInterval(again));
}

/** The text of the result pane, as soon as it matches. */
async function result(expected: RegExp): Promise<string> {
  const shown = page.locator('.result-window');
  await expect.poll(async () => flat(await shown.innerText()), { timeout: 30_000 }).toMatch(expected);
  return flat(await shown.innerText());
}

/** The editor breaks lines and uses hard spaces where it likes. */
function flat(text: string): string {
  return text.replace(/\s+/g, ' ');
}

async function run(tab: string, expected: RegExp): Promise<string> {
  await open(tab);
  await execute();
  return result(expected);
}

it('GraphiQL shows its tabs and requests nothing from outside of the gateway', async () => {
  expect(await namesOfTabs()).toEqual(TABS);
  await page.waitForLoadState('networkidle');
  const elsewhere = requested.filter(
    ({ protocol, origin }) => /^http/.test(protocol) && origin !== new URL(gateway.url).origin,
  );
  expect(elsewhere.map(String)).toEqual([]);
  expect(broken).toEqual([]);
});

it('the first press on each tab opens it', async () => {
  for (const tab of [...TABS.filter((name) => name !== FIRST), FIRST]) await open(tab);
});

it('a visit after one that changed nothing opens the first example', async () => {
  await showsOperation(FIRST);
  for (const again of ['second', 'third']) {
    await page.close();
    await visit();
    await showsOperation(FIRST);
    expect(await namesOfTabs(), again).toEqual(TABS);
  }
});

it('a visit opens the tab that was open before, or the first example if that was empty', async () => {
  await open('Quote');
  await expect.poll(storedIndex).toBe(TABS.indexOf('Quote'));
  await page.close();
  await visit();
  await showsOperation('Quote');
  await page.click('.graphiql-tab-add');
  await expect.poll(namesOfTabs).toEqual([...TABS, '<untitled>']);
  await expect.poll(storedIndex).toBe(TABS.length);
  await page.close();
  await visit();
  await showsOperation(FIRST);
  expect(await namesOfTabs()).toEqual(TABS);
});

it('a typed API key is sent, but not stored in the browser', async () => {
  await page.click('button:text-is("Headers")');
  await page.click('.graphiql-editor-tool .graphiql-editor:not(.hidden)');
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText('{ "authorization": "Bearer typed-secret" }');
  const sent = page.waitForRequest((request) => request.url().startsWith(gateway.url), { timeout: 30_000 });
  await execute();
  expect((await sent).headers().authorization).toBe('Bearer typed-secret');
  await result(/"errors"|"data"/);
  // The tabs are stored last, and with them what is stored of their headers.
  await open('Quote');
  await expect.poll(storedIndex).toBe(TABS.indexOf('Quote'));
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('typed-secret');
});

it('the tabs of GraphiQL run one after the other with the answers of the quick start', async () => {
  await run('Providers', /"provider": "DURO", "state": "UP"/);
  await run('CreateOnDuro', /"code": "LAUNCH50", "status": "ACTIVE", "remaining": 100/);
  await run(
    'CreateOnFlexprice',
    /"startsAt": "2026-01-01T00:00:00.000Z", "duration": { "kind": "REPEATING", "count": 3/,
  );
  await run('CreateOnStripe', /"code": "FIVER", .*"currencyOptions": \[ { "amount": "4.50", "currency": "EUR" }/);
  await run('FindOnStripe', /"code": "FIVER", "status": "ACTIVE"/);
  await run('CreateOnStripeConnect', /"code": "TENOFF", .*"minimumOrder": { "amount": "50.00", "currency": "USD" }/);
  await run('Quote', /"eligible": true, .*"payableAmount": { "amount": "1250.00", "currency": "NGN" }/);
  await run('Hold', /"status": "HELD", .*"heldCount": 1, "remaining": 99/);
  await run('Redeem', /"replayed": false, .*"remaining": 99/);
  await execute();
  await result(/"replayed": true/);
  const examples = Object.values(registry).flatMap(({ examples }) => examples).length;
  await run('List', new RegExp(`"totalCount": ${4 + examples}, .*"code": "LAUNCH50"`));
});

it('the buttons of the sandbox work in a browser, and the page breaks no rule of its own', async () => {
  const refused: string[] = [];
  page.on('console', (message) => refused.push(message.text()));
  await page.goto(new URL('/', gateway.url).href);
  await page.click('a:text-is("/sandbox")');
  const section = page.locator('section').filter({ has: page.locator('h2:text-is("Duro")') });
  await section.locator('button:text-is("Down: answer 503")').click();
  await expect.poll(() => section.innerText()).toContain('Faults: answer 503 for every call');
  await section.locator('button:text-is("Heal")').click();
  await expect.poll(() => section.innerText()).toContain('Faults: none');
  await section.locator('input[name=code]').fill('summer25');
  await section.locator('button:text-is("Use it at the provider")').click();
  await expect.poll(async () => flat(await section.innerText())).toContain('SUMMER25 1');
  expect([...refused, ...broken]).toEqual([]);
});

it('the documentation pane of GraphiQL shows the descriptions of the schema', async () => {
  await page.click('button[aria-label="Show Documentation Explorer"]');
  const pane = page.locator('.graphiql-doc-explorer');
  await pane.locator('a:text-is("Query")').click();
  await expect.poll(() => pane.innerText()).toContain('What redeeming a code for an order would do now.');
  await pane.locator('a:text-is("PromoCode")').first().click();
  await expect.poll(() => pane.innerText()).toContain('remaining');
});

it('a subscription in GraphiQL shows a redemption as it happens', async () => {
  await open('Live');
  await execute();
  await page.waitForSelector('.graphiql-execute-button[aria-label^="Stop"]');
  await gateway.send(
    `mutation { createPromoCode(input: { provider: DURO, code: "SEEN", discount: { percentage: "10" }, maxRedemptions: 9 }) { __typename } }`,
  );
  await gateway.send('mutation { redeemPromoCode(input: { code: "SEEN", idempotencyKey: "seen" }) { __typename } }');
  await result(/"status": "REDEEMED", "promotion": { "code": "SEEN", "redeemedCount": 1, "remaining": 8/);
});
