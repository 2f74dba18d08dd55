import type { CORSOptions } from 'graphql-yoga';

const ANY = '*';

const SHARED = {
  methods: ['GET', 'POST'],
  exposedHeaders: ['etag', 'retry-after', 'www-authenticate', 'x-request-id'],
  maxAge: 3600,
  // Callers authenticate by a header that they set themselves. Cookies and client certificates play no part here.
  credentials: false,
};

/**
 * Which web pages from elsewhere a browser lets read answers: those whose origin is named. Every other page, one without
 * an origin of its own ("null") included, gets no CORS headers at all.
 */
export function corsOf(origins: string[]): false | ((request: Request) => CORSOptions | false) {
  if (origins.length === 0) return false;
  return (request) => {
    if (origins.includes(ANY)) return { ...SHARED, origin: ANY };
    const origin = request.headers.get('origin');
    if (origin === null || !origins.includes(origin)) return false;
    // Given twice, because Yoga says `Vary: Origin` only where there are several.
    return { ...SHARED, origin: [origin, origin] };
  };
}
