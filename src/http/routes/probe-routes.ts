import type { PlainResponse, Responder } from '../responses/responder.ts';
import type { Route } from './route-table.ts';

const READ = ['GET', 'HEAD'];
const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

const PAGE: PlainResponse = {
  status: 200,
  body: 'Promo gateway: one GraphQL API over the promo codes and coupons of several billing providers.\n\nGraphQL is at /graphql.\n',
  headers: TEXT,
};
const EMPTY: PlainResponse = { status: 200, body: '', headers: { 'cache-control': 'no-store' }, isRoutine: true };

/**
 * `GET /` describes the service, `GET /health` says that the process lives, `GET /ready` whether it accepts requests.
 * @param isReady must be cheap, because anybody may call it any number of times
 */
export function probeRoutes(responder: Responder, isReady: () => boolean): [path: string, Route][] {
  const probe = (respond: () => PlainResponse): Route => ({
    methods: READ,
    handle: (request, response) => {
      responder.send(request, response, respond());
    },
  });
  return [
    ['/', probe(() => PAGE)],
    ['/health', probe(() => EMPTY)],
    ['/ready', probe(() => (isReady() ? EMPTY : { ...EMPTY, status: 503, isRoutine: false }))],
  ];
}
