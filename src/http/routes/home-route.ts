/// <reference path="../responses/negotiator.d.ts" />
import Negotiator from 'negotiator';
import type { Responder } from '../responses/responder.ts';
import { StaticBody } from '../responses/static-body.ts';
import type { Route } from './route-table.ts';

/** What this gateway has besides the routes that every gateway has. */
interface Extras {
  hasGraphiql: boolean;
  isSandbox: boolean;
}

interface Address {
  path: string;
  purpose: string;
}

const DESCRIPTION = 'One GraphQL API over the promo codes and coupons of several billing providers.';
const DOCUMENTATION = 'README.md and the folder docs of the source code';

/** `GET /` says where things are: as a page for browsers, as JSON for clients that ask for it, otherwise as text. */
export function homeRoute(responder: Responder, extras: Extras): Route {
  const addresses = addressesOf(extras);
  // The first is for clients that accept everything.
  const bodies = new Map([
    ['text/plain', textOf(addresses)],
    ['application/json', jsonOf(addresses)],
    ['text/html', pageOf(addresses)],
  ]);
  const fallback = textOf(addresses);
  return {
    methods: ['GET', 'HEAD'],
    handle: async (request, response) => {
      const { accept } = request.headers;
      const [type = ''] = new Negotiator({ headers: { accept } }).mediaTypes([...bodies.keys()]);
      const body = bodies.get(type) ?? fallback;
      responder.send(request, response, await body.responseTo(request.headers));
    },
  };
}

function addressesOf({ hasGraphiql, isSandbox }: Extras): Address[] {
  return [
    { path: '/graphql', purpose: hasGraphiql ? 'GraphQL, and GraphiQL in a browser' : 'GraphQL' },
    ...(isSandbox ? [{ path: '/sandbox', purpose: 'the controls of the simulated providers' }] : []),
    { path: '/health', purpose: 'succeeds while the process lives' },
    { path: '/ready', purpose: 'succeeds while requests are accepted' },
    { path: '/metrics', purpose: 'metrics for Prometheus' },
  ];
}

function textOf(addresses: Address[]): StaticBody {
  const lines = addresses.map(({ path, purpose }) => `${path.padEnd(10)}${purpose}`);
  const text = `Promo gateway\n${DESCRIPTION}\n\n${lines.join('\n')}\n\nDocumentation: ${DOCUMENTATION}\n`;
  return new StaticBody(text, { 'content-type': 'text/plain; charset=utf-8' });
}

function jsonOf(addresses: Address[]): StaticBody {
  const links = Object.fromEntries(addresses.map(({ path }) => [path.slice(1), path]));
  const text = JSON.stringify({ name: 'Promo gateway', description: DESCRIPTION, links, documentation: DOCUMENTATION });
  return new StaticBody(text, { 'content-type': 'application/json; charset=utf-8' });
}

function pageOf(addresses: Address[]): StaticBody {
  const items = addresses.map(({ path, purpose }) => `<li><a href="${path}">${path}</a>: ${purpose}`);
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Promo gateway</title>
<h1>Promo gateway</h1>
<p>${DESCRIPTION}</p>
<ul>
${items.join('\n')}
</ul>
<p>Documentation: ${DOCUMENTATION}</p>
</html>
`;
  return new StaticBody(html, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
  });
}
