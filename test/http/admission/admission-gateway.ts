import { setImmediate } from 'node:timers/promises';
import { expect } from 'vitest';
import { makeKeys } from '../../support/credentials/keys.ts';
import { freshGateway } from '../../support/gateways.ts';
import type { Json } from '../../support/start-gateway.ts';

const keys = makeKeys({ one: 'read+manage', other: 'read+manage' });
export type Name = 'one' | 'other';

/** The request line and headers of a caller's request. */
export const linesOf = (name: Name, ...headers: string[]) => [
  'POST /graphql HTTP/1.1',
  'Host: gateway.example',
  'Content-Type: application/json',
  `Authorization: ${keys.of(name).authorization}`,
  ...headers,
];

/** The body of a complete request of this many bytes. */
export const whole = (bytes: number) => {
  const empty = JSON.stringify({ query: '{ __typename }', variables: { filling: '' } });
  return empty.replace('""', `"${'x'.repeat(bytes - empty.length)}"`);
};

/** An operation that calls Duro, in a body slightly larger than this many bytes. */
export const lookUp = (id: string, bytes = 0) =>
  JSON.stringify({
    query: 'query ($id: ID!) { promoCodeByProviderId(provider: DURO, providerId: $id) { id } }',
    variables: { id, filling: 'x'.repeat(bytes) },
  });

/** Starts a gateway with two callers for the running test. */
export async function start(settings: Record<string, string>) {
  const gateway = await freshGateway({ settings: { ...keys.settings, ...settings } });
  return {
    gateway,
    async post(name: Name, body: string): Promise<{ status: number; text: string }> {
      const headers = { 'content-type': 'application/json', ...keys.of(name) };
      const answer = await fetch(gateway.url, { method: 'POST', headers, body });
      return { status: answer.status, text: await answer.text() };
    },
    /** Stops Duro from answering. Returns a function that releases it. */
    blockDuro(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      gateway.duro.fail({ kind: 'late', times: 10, delay: promise });
      return resolve;
    },
    async untilAsked(calls: number): Promise<void> {
      while (gateway.duro.calls.length < calls) await setImmediate();
    },
    /** The outcome of each request that has been answered. */
    outcomes: (): string[] =>
      gateway.logged.flatMap((line: Json) => (line[1] === 'A request was answered' ? [line[2].outcome] : [])),
    expectNoBug: () => expect(gateway.logged.filter((line: Json) => line[0] === 'error')).toEqual([]),
    /** Counts the requests whose headers have arrived. */
    countArrivals() {
      let count = 0;
      gateway.onRequest(() => {
        count += 1;
      });
      return {
        until: async (least: number) => {
          while (count < least) await setImmediate();
        },
      };
    },
  };
}
