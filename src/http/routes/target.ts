/** Where a request is meant to go. */
export interface Target {
  /** Exactly as it was sent: nothing is decoded, resolved or cut off, so that what no proxy's rule matches is no route. */
  path: string;
  /** From the question mark on; empty without one. */
  search: string;
  /** The host that an absolute target (`http://host/path`, as proxies are sent) names; undefined for any other target. */
  authority: string | undefined;
}

const ABSOLUTE = /^https?:\/\/(?<authority>[^/?#]*)(?<rest>.*)$/i;

/** Splits the target of a request line (RFC 9112, 3.2). Null for a target that has no path. */
export function targetOf(raw: string): Target | null {
  if (raw.startsWith('/') || raw === '*') return split(raw, undefined);
  const { authority, rest = '' } = ABSOLUTE.exec(raw)?.groups ?? {};
  if (authority === undefined) return null;
  return split(rest.startsWith('/') ? rest : `/${rest}`, authority);
}

function split(text: string, authority: string | undefined): Target {
  const at = text.indexOf('?');
  if (at === -1) return { path: text, search: '', authority };
  return { path: text.slice(0, at), search: text.slice(at), authority };
}
