/** How the body of a request is written. */
export interface BodyFormat {
  contentType: string;
  write(body: object): string;
}

export const JSON_BODY: BodyFormat = { contentType: 'application/json', write: JSON.stringify };

/** A form whose nested names are in brackets: `restrictions[minimum_amount]=5`, `expand[0]=coupon`. */
export const FORM_BODY: BodyFormat = {
  contentType: 'application/x-www-form-urlencoded',
  write: (body) => new URLSearchParams(formPairs(body)).toString(),
};

/**
 * The names and values of a form or a query. Fields that are undefined are left out; null becomes the empty text, which
 * clears a field.
 */
export function formPairs(fields: object, parent?: string): [name: string, value: string][] {
  return Object.entries(fields).flatMap(([key, value]: [string, unknown]): [string, string][] => {
    const name = parent === undefined ? key : `${parent}[${key}]`;
    if (value === undefined) return [];
    if (typeof value === 'object' && value !== null) return formPairs(value, name);
    return [[name, value === null ? '' : String(value)]];
  });
}

/**
 * The path and the query of a request, encoded.
 * @param path segments below the base path, not yet encoded
 * @returns undefined if a segment cannot be part of a path
 */
export function requestPath(basePath: string, path: readonly string[], query: object = {}): string | undefined {
  if (!path.every(isPathSegment)) return undefined;
  const search = new URLSearchParams(formPairs(query));
  const encoded = `${basePath}/${path.map(encodeURIComponent).join('/')}`;
  return search.size === 0 ? encoded : `${encoded}?${search}`;
}

/** "." and ".." would lead to another path, even when encoded. A lone surrogate cannot be encoded. */
function isPathSegment(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..' && text.isWellFormed();
}
