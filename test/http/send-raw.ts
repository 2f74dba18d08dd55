import { once } from 'node:events';
import { type RequestOptions, request } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** Sends a request, and returns the response as it arrives: `fetch` would decompress it. */
export async function sendRaw(url: string, options: RequestOptions, body?: string) {
  const [response] = await once(request(url, options).end(body), 'response');
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}
