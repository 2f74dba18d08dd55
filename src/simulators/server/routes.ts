import type { Answer } from './answer.ts';
import type { ApiCall } from './call.ts';

/** A method and a path, and how to answer calls to them. */
export interface Route {
  method: string;
  path: RegExp;
  answer(call: ApiCall, ...parameters: string[]): Answer;
}

/** A route for a path such as "/v1/coupons/:id"; `answer` receives the decoded path parameters, in order. */
export function route(method: string, path: string, answer: Route['answer']): Route {
  return { method, path: new RegExp(`^${path.replaceAll(/:\w+/g, '([^/]+)')}/?$`), answer };
}

/** The answer of the first matching route; undefined if none matches. */
export function answerByRoute(routes: readonly Route[], call: ApiCall): Answer | undefined {
  for (const { method, path, answer } of routes) {
    const parameters = method === call.method ? decoded(path.exec(call.path)) : undefined;
    if (parameters !== undefined) return answer(call, ...parameters);
  }
  return undefined;
}

function decoded(match: RegExpExecArray | null): string[] | undefined {
  try {
    return match?.slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
