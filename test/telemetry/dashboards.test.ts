import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { anchorsOf, ROOT } from '../docs/pages.ts';
import { sharedGateway } from '../support/gateways.ts';
import { openShop } from '../support/shop.ts';

const FOLDER = 'docs/operations';
const readText = (file: string) => readFileSync(join(ROOT, FOLDER, file), 'utf8');

const Alerts = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.strictObject({
          alert: z.string(),
          expr: z.string(),
          for: z.string().regex(/^\d+[mh]$/),
          labels: z.strictObject({ severity: z.enum(['critical', 'warning', 'info']) }),
          annotations: z.strictObject({
            summary: z.string().min(1),
            description: z.string().min(1).optional(),
            runbook_url: z.string(),
          }),
        }),
      ),
    }),
  ),
});
const Dashboard = z.object({
  panels: z.array(
    z.object({
      id: z.number(),
      title: z.string(),
      targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).default([]),
    }),
  ),
});

const alerts = Alerts.parse(parse(readText('alerts.yml'))).groups.flatMap(({ rules }) => rules);
const { panels } = Dashboard.parse(JSON.parse(readText('dashboard.json')));
const queries = [
  ...alerts.map(({ alert, expr, annotations }) => ({ name: alert, expr, shown: annotations.summary })),
  ...panels.flatMap(({ title, targets }) =>
    targets.map(({ expr, legendFormat }) => ({ name: title, expr, shown: legendFormat })),
  ),
];

/** The names of metrics and labels in an expression of PromQL, and the parts that are no PromQL. */
function namesIn(expr: string) {
  const text = expr.replaceAll('$__rate_interval', '5m');
  const names = { metrics: new Set<string>(), labels: new Set<string>(), errors: [] as string[] };
  parser.parse(text).iterate({
    enter: ({ name, type, from, to }) => {
      const part = text.slice(from, to);
      if (type.isError) names.errors.push(`${part} at ${from}`);
      if (name === 'Identifier') names.metrics.add(part);
      if (name === 'LabelName') names.labels.add(part);
    },
  });
  return names;
}

/** The labels that a summary or a legend shows: {{ $labels.provider }} or {{provider}}. */
function labelsShownIn(text: string): string[] {
  return [...text.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g)].map(([, label = '']) => label);
}

const gateway = await sharedGateway({ settings: { ANSWER_CACHE_BYTES: '10000000' } });
let text: string;
beforeAll(async () => {
  const shop = openShop(gateway);
  const { id } = await shop.createPromoCode({ code: 'ONCE', maxRedemptions: 1 });
  const order = { amount: { minorUnits: 1000, currency: 'USD' } };
  for (let use = 0; use < 2; use += 1) await shop.redeem({ code: 'ONCE', order });
  await gateway.run(`{ promoCode(id: "${id}") { id } }`);
  await gateway.send('{ nonsense }');
  await fetch(gateway.url, { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } });
  await gateway.gateway.store.measure();
  const process = new Metrics();
  process.watchProcess();
  text = `${await (await fetch(new URL('/metrics', gateway.url))).text()}\n${(await process.text()).body}`;
});

/** The names of all series, with the labels that their samples have. Empty: there is no sample yet. */
function series(): Map<string, Set<string>> {
  const known = new Map<string, Set<string>>();
  for (const [, name = '', type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const endings = type === 'histogram' ? ['_bucket', '_count', '_sum'] : [''];
    for (const ending of endings) known.set(name + ending, new Set());
  }
  for (const [, name = '', labels = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.get(name)?.add(label);
  }
  return known;
}

describe('the alerts and the dashboard', () => {
  it('are PromQL', () => {
    expect(queries.flatMap(({ name, expr }) => namesIn(expr).errors.map((error) => `${name}: ${error}`))).toEqual([]);
    expect(namesIn('sum(rate(x[5m])').errors).not.toEqual([]);
    expect(queries.length).toBeGreaterThan(40);
  });

  it('ask only for metrics that GET /metrics has', () => {
    const known = series();
    const unknown = queries.flatMap(({ name, expr }) =>
      [...namesIn(expr).metrics].filter((metric) => !known.has(metric)).map((metric) => `${name}: ${metric}`),
    );
    expect(unknown).toEqual([]);
  });

  it('use only labels that these metrics have', () => {
    const known = series();
    const isSampled = (metric: string) => new RegExp(`^${metric}[{ ]`, 'm').test(text);
    const sampled = queries.filter(({ expr }) => [...namesIn(expr).metrics].every(isSampled));
    const wrong = sampled.flatMap(({ name, expr, shown }) => {
      const { metrics, labels } = namesIn(expr);
      const has = new Set(['instance', ...[...metrics].flatMap((metric) => [...(known.get(metric) ?? [])])]);
      return [...labels, ...labelsShownIn(shown)]
        .filter((label) => !has.has(label))
        .map((label) => `${name}: ${label}`);
    });
    expect(wrong).toEqual([]);
    const names = sampled.map(({ name }) => name);
    expect(alerts.filter(({ alert }) => !names.includes(alert))).toEqual([]);
  });

  it('cover every metric of the gateway', () => {
    const own = [...text.matchAll(/^# TYPE (promo_gateway_\S+)/gm)].map(([, name = '']) => name);
    const asked = new Set(queries.flatMap(({ expr }) => [...namesIn(expr).metrics]));
    expect(own.filter((name) => ![name, `${name}_count`].some((one) => asked.has(one)))).toEqual([]);
    expect(own.length).toBeGreaterThan(20);
  });
});

it('every alert has a name of its own and a runbook in the documentation', () => {
  const names = alerts.map(({ alert }) => alert);
  expect(new Set(names).size).toBe(names.length);
  const lost = alerts.filter(({ annotations }) => {
    const [page = '', anchor = ''] = annotations.runbook_url.split('#');
    const target = join(dirname(join(FOLDER, 'alerts.yml')), page);
    return !existsSync(join(ROOT, target)) || !anchorsOf(target).includes(anchor);
  });
  expect(lost).toEqual([]);
});

it('every panel of the dashboard has an id of its own', () => {
  const ids = panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
