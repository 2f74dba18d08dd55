/** The part of the browser's storage that is needed. */
interface KeptTexts {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/**
 * Lets GraphiQL open the tab that was open at the last visit; the first one, if that tab was empty. Removes headers, which
 * earlier versions let GraphiQL store: they contain API keys.
 *
 * GraphiQL stores its tabs, and the text of the open one under another key, but that text only when it has changed. At the
 * next visit it looks for the tab with that text. It finds none after a visit that changed nothing, and opens an empty one.
 *
 * Runs in the browser, before GraphiQL. Its source is a part of the page, so it uses nothing of this module.
 * @param search the query of the page's URL. GraphiQL opens the operation that it names
 */
export function reopenTab(storage: KeptTexts, search: string): void {
  const TABS = 'graphiql:tabState';
  for (const part of ['headers', 'shouldPersistHeaders']) storage.removeItem(`graphiql:${part}`);
  try {
    const state = JSON.parse(storage.getItem(TABS) ?? 'null', (key, value) => (key === 'headers' ? null : value));
    if (state === null) return;
    storage.setItem(TABS, JSON.stringify(state));
    if (new URLSearchParams(search).get('query')) return;
    const open = state.tabs[state.activeTabIndex];
    const tabs = state.tabs.filter(({ query }: { query: string | null }) => query?.trim());
    const tab = tabs.includes(open) ? open : tabs[0];
    // Without stored tabs GraphiQL shows the examples.
    if (tab) storage.setItem(TABS, JSON.stringify({ ...state, tabs, activeTabIndex: tabs.indexOf(tab) }));
    else storage.removeItem(TABS);
    for (const part of ['query', 'variables']) {
      if (tab?.[part]) storage.setItem(`graphiql:${part}`, tab[part]);
      else storage.removeItem(`graphiql:${part}`);
    }
  } catch {
    // Not what GraphiQL stores: it starts again with the examples.
    storage.removeItem(TABS);
  }
}
