/** True for an answer, or an error, that is one JSON object: not for a stream of events or parts. */
export function isJson({ headers }: Response): boolean {
  return headers.get('content-type')?.includes('json') === true;
}
