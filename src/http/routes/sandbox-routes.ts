import type { IncomingMessage } from 'node:http';
import { GraphQLError } from 'graphql';
import { OPERATOR_SCOPES, requireScope } from '../../auth/access-rules.ts';
import type { Authentication } from '../../auth/authentication.ts';
import type { ControlPanel } from '../../simulators/index.ts';
import type { BodyReader } from '../admission/body-reader.ts';
import { plainError } from '../responses/plain-error.ts';
import type { PlainResponse, Responder } from '../responses/responder.ts';
import type { Route } from './route-table.ts';

interface SandboxRoutesOptions {
  responder: Responder;
  authentication: Authentication;
  bodies: BodyReader;
}

const OWNER = 'sandbox';

/** `/sandbox` and the paths below it: the controls of the simulated providers. Only a sandbox has them. */
export function sandboxRoutes(
  panel: ControlPanel,
  { responder, authentication, bodies }: SandboxRoutesOptions,
): [path: string, Route][] {
  const respond = async (request: IncomingMessage, path: string): Promise<PlainResponse> => {
    try {
      requireScope(await authentication.identify(request.headers.authorization), OPERATOR_SCOPES, path);
      rejectOtherSites(request);
      const { bytes, release } = await bodies.read(request, OWNER);
      release();
      const isBrowser = request.headers.accept?.includes('text/html') === true;
      return panel.answer({ method: request.method ?? '', path, text: bytes.toString(), isBrowser });
    } catch (error) {
      return plainError(error);
    }
  };
  return [...panel.methods].map(([path, methods]) => [
    path,
    {
      methods,
      handle: async (request, response) => {
        responder.send(request, response, await respond(request, path));
      },
    },
  ]);
}

/**
 * Rejects what a page of another site makes a visitor's browser send. A browser names the site of the page with every
 * request that is not a GET; other clients send no Origin.
 */
function rejectOtherSites({ headers }: IncomingMessage): void {
  const { origin, host } = headers;
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase())) return;
  throw new GraphQLError('Only the page of the sandbox itself may send this from a browser', {
    extensions: { code: 'CSRF_PREVENTED', http: { status: 403 } },
  });
}
