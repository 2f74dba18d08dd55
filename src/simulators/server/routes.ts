import type { Answer } from './answer.ts';
import type { ApiCall } from './call.ts';

export interface Route {
  method: string;
  path: RegExp;
  answer(call: ApiCall, ...parameters: string[]): Answer;
}

/** A route for a path such as "/v1/coupons/:id"; each parameter isInScope `answer` decoded, in the path's order. */
export function route(method: string, path: string, answer: Route['answer']): Route {
  return { method, path: new RegExp(`^${path.replaceAll(/:\w+/g, '([^/]+)')}/?$`), answer };
}

/** The answer of the first route that fits, or undefined when none does. */
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
