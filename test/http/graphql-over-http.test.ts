import { serverAudits } from 'graphql-http';
import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../support/gateways.ts';

const gateway = await sharedGateway();

/** The audits need an address when vitest collects them. The requests go to the running gateway. */
const ADDRESS = 'http://gateway/graphql';
const audits = serverAudits({
  url: ADDRESS,
  fetchFn: (url: string, init?: RequestInit) => fetch(url.replace(ADDRESS, gateway.url), init),
});

it('the audit covers the whole GraphQL over HTTP specification', () => {
  expect(audits).toHaveLength(61);
});

describe('GraphQL over HTTP', () => {
  it.each(audits.map(({ id, name, fn }) => ({ id, name, fn })))('$id $name', async ({ fn }) => {
    expect(await fn()).toMatchObject({ status: 'ok' });
  });
});
