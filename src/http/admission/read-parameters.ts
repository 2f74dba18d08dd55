import { GraphQLError } from 'graphql';
import type { GraphQLParams } from 'graphql-yoga';

type Parameters = GraphQLParams | GraphQLParams[] | Response;

/** One of Yoga's parsers, for a format of requests. */
type Parser = (request: Request) => Parameters | Promise<Parameters>;

/**
 * Reads the parameters of an operation from the URL of a GET.
 * @throws {GraphQLError} BAD_REQUEST, answered with 400
 */
export function readUrlParameters(request: Request, parse: Parser): Parameters | Promise<Parameters> {
  try {
    return parse(request);
  } catch (error) {
    throw rejectionOf(error);
  }
}

/**
 * Reads the parameters of an operation from the body of a POST.
 * @throws {GraphQLError} BAD_REQUEST, answered with 400
 */
export async function readBodyParameters(request: Request, parse: Parser, body: Buffer): Promise<Parameters> {
  // Yoga's parsers read the body by these two. Its own json() treats an object with a key `then` as a promise, and quotes
  // invalid JSON in full.
  const text = async () => body.toString();
  const json = async () => JSON.parse(body.toString());
  try {
    return await parse(Object.assign(request, { text, json }));
  } catch (error) {
    throw rejectionOf(error);
  }
}

/** Yoga itself treats invalid JSON in the parameters of a URL or a form as an unexpected error. */
function rejectionOf(error: unknown): unknown {
  if (!(error instanceof SyntaxError)) return error;
  return new GraphQLError('The variables or extensions are not valid JSON', {
    extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
  });
}
