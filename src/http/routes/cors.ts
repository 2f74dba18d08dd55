import type { CORSOptions } from 'graphql-yoga';

const ANY = '*';

const SHARED = {
  methods: ['GET', 'POST'],
  exposedHeaders: ['etag', 'retry-after', 'www-authenticate', 'x-request-id'],
  maxAge: 3600,
  // Callers authenticate by a header that they set themselves. Cookies and client certificates are not used.
  credentials: false,
};

/**
 * The CORS rules for web pages of other origins: a browser may show responses to the listed origins. All other pages,
 * including those without an origin of their own ("null"), get no CORS headers.
 */
export function corsOf(origins: string[]): false | ((request: Request) => CORSOptions | false) {
  if (origins.length === 0) return false;
  return (request) => {
    if (origins.includes(ANY)) return { ...SHARED, origin: ANY };
    const origin = request.headers.get('origin');
    if (origin === null || !origins.includes(origin)) return false;
    // Listed twice, because Yoga sends `Vary: Origin` only if there are several.
    return { ...SHARED, origin: [origin, origin] };
  };
}
