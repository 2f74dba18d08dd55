import { NO_STORE, type PlainResponse, type Responder } from '../responses/responder.ts';
import type { Route } from './route-table.ts';

const READ = ['GET', 'HEAD'];
const EMPTY: PlainResponse = { status: 200, body: '', headers: { 'cache-control': NO_STORE }, isRoutine: true };

/**
 * `GET /health` says that the process lives, `GET /ready` whether it accepts requests.
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
    ['/health', probe(() => EMPTY)],
    ['/ready', probe(() => (isReady() ? EMPTY : { ...EMPTY, status: 503, isRoutine: false }))],
  ];
}
