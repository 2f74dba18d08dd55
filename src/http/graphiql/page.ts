import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { GraphiQLOptions } from 'graphql-yoga';
import { KEY_PLACEHOLDER } from '../../auth/authentication.ts';
import { StaticBody } from '../responses/static-body.ts';
import { reopenTab } from './reopen-tab.ts';
import { tabs } from './tabs.ts';

/**
 * On the first visit GraphiQL leaves an animation of its tabs unfinished. A tab that gets the focus would jump to where its
 * animation stands, away from the pointer, and take no click.
 */
const TAB_STYLE = '.graphiql-tab { transform: none !important }';

/**
 * The GraphiQL page. It is rendered once, because it has megabytes and anybody may request it.
 * @param isKeyRequired true to show a place for the API key
 */
export function graphiqlPage(isKeyRequired: boolean): StaticBody {
  const additions = `<style>${TAB_STYLE}</style><script>(${reopenTab})(localStorage, location.search)</script></head>`;
  const html = renderGraphiQL(pageOptions(isKeyRequired)).replace('</head>', () => additions);
  return new StaticBody(html, { 'content-type': 'text/html; charset=utf-8' });
}

function pageOptions(isKeyRequired: boolean): GraphiQLOptions {
  // A key that is stored stays readable for everybody who uses the browser, and for every page of the same origin.
  const common = { title: 'Promo gateway', shouldPersistHeaders: false };
  if (!isKeyRequired) return { ...common, defaultTabs: tabs };
  const headers = `{\n  "authorization": "Bearer ${KEY_PLACEHOLDER}"\n}`;
  const defaultTabs = tabs.map((tab) => ({ ...tab, headers }));
  return { ...common, headers, defaultTabs, defaultEditorToolsVisibility: 'headers' };
}
