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
 * `GET /` says what this is; `GET /health` that the process lives; `GET /ready` whether requests may be sent here.
 * @param isReady must be cheap: anybody may call it any number of times
 */
export function probes(answers: Responder, isReady: () => boolean): [path: string, Route][] {
  const show = (answer: () => PlainResponse): Route => ({
    methods: READ,
    handle: (request, response) => {
      answers.send(request, response, answer());
    },
  });
  return [
    ['/', show(() => PAGE)],
    ['/health', show(() => EMPTY)],
    ['/ready', show(() => (isReady() ? EMPTY : { ...EMPTY, status: 503, isRoutine: false }))],
  ];
}
