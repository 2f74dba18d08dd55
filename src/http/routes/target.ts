/** The target of a request. */
export interface Target {
  /** Exactly as it was sent. Nothing is decoded or resolved, so that a path which no proxy rule matches has no route. */
  path: string;
  /** The query with its question mark; empty if there is none. */
  search: string;
  /** The host of an absolute target (`http://host/path`, as sent to proxies); undefined for any other target. */
  authority: string | undefined;
}

const ABSOLUTE = /^https?:\/\/(?<authority>[^/?#]*)(?<rest>.*)$/i;

/** Splits the target of a request line (RFC 9112, 3.2). Null for a target without a path. */
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
