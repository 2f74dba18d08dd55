import { createHash } from 'node:crypto';
import { type Answer, textAnswer } from '../server/answer.ts';
import type { Simulator } from '../server/simulator.ts';
import { faultInWords, PRESETS } from './presets.ts';

/** A simulator, and how people and the API call its provider. */
export interface PanelProvider {
  name: string;
  title: string;
  /** The path of its control calls, such as "/sandbox/acme". */
  path: string;
  simulator: Simulator;
}

/** How many codes of a provider the page shows. */
const SHOWN_CODES = 20;

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
section { border: 1px solid #8886; border-radius: .5rem; padding: 0 1rem 1rem; margin: 1rem 0 }
form { display: flex; flex-wrap: wrap; gap: .5rem; margin: .75rem 0; align-items: center }
button, input { font: inherit; padding: .25rem .6rem }
input[type=number] { width: 5rem }
table { border-collapse: collapse }
td, th { text-align: left; padding: .1rem 1.5rem .1rem 0 }
[role=alert] { border: 1px solid #c33; border-radius: .5rem; padding: .5rem 1rem }
`;

/** No script runs, nothing is loaded, only this page may send its forms, and no other page may frame it. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/**
 * The page with a button for each control.
 * @param refusal why the last button did nothing; null: it did what it says
 */
export function panelPage(path: string, providers: readonly PanelProvider[], refusal: string | null): Answer {
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sandbox of the promo gateway</title>
<style>${STYLE}</style>
<h1>Sandbox</h1>
<p>Every provider is simulated in this process. The buttons make a provider fail, or count uses of a code as if they were
made at the provider itself, such as on its own checkout page. <a href="/graphql">GraphQL</a> · <a href="/">other addresses</a></p>
${refusal === null ? '' : `<p role="alert">${escapeHtml(refusal)}</p>`}
${providers.map((provider) => providerSection(path, provider)).join('\n')}
</html>
`;
  const { status, headers, body } = textAnswer(refusal === null ? 200 : 400, html, 'text/html; charset=utf-8');
  return { status, headers: { ...headers, 'content-security-policy': POLICY, 'cache-control': 'no-store' }, body };
}

function providerSection(path: string, { name, title, path: own, simulator }: PanelProvider): string {
  const faults = simulator.faults().map(faultInWords);
  const codes = simulator.promoCodes();
  const form = `<form method="post" action="${path}"><input type="hidden" name="provider" value="${name}">`;
  const presets = [...PRESETS].map(([value, { label }]) => button(value, label));
  const rows = codes
    .slice(0, SHOWN_CODES)
    .map(({ code, redeemed }) => `<tr><td>${escapeHtml(code)}<td>${redeemed}</tr>`);
  const more = codes.length > SHOWN_CODES ? `<p>And ${codes.length - SHOWN_CODES} more codes.</p>` : '';
  return `<section>
<h2>${escapeHtml(title)}</h2>
<p>Faults: ${escapeHtml(faults.join('; ') || 'none')}</p>
${form}${presets.join('')}${button('HEAL', 'Heal')}</form>
${form}<label>Code <input name="code" required></label><label>Uses <input type="number" name="uses" value="1" min="1" required></label>${button('USE', 'Use it at the provider')}</form>
<table><tr><th>Code at the provider<th>Uses counted there</tr>${rows.join('')}</table>${more}
<p>For scripts: <code>${own}/faults</code>, <code>${own}/redeem</code>, <code>${own}/codes</code>, <code>${own}/calls</code></p>
</section>`;
}

function button(value: string, label: string): string {
  return `<button name="press" value="${value}">${label}</button>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
