/** The part of `negotiator` that the gateway uses. The published types lack `preferred`. */
declare module 'negotiator' {
  export default class Negotiator {
    constructor(request: { headers: { accept?: string; 'accept-encoding'?: string } });
    /**
     * The available codings that the client accepts, best first. `preferred` decides between codings with the same q.
     * The client accepts "identity" unless it says otherwise.
     */
    encodings(available: readonly string[], options: { preferred: readonly string[] }): string[];
    /** The available media types that the client accepts, best first; types with the same q in the order of `available`. */
    mediaTypes(available: readonly string[]): string[];
  }
}
