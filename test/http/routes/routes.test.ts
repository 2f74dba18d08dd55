import { beforeEach, describe, expect, it } from 'vitest';
import { makeKeys } from '../../support/credentials/keys.ts';
import { dial, type RawAnswer } from '../../support/dial.ts';
import { sharedGateway } from '../../support/gateways.ts';
import type { Json } from '../../support/start-gateway.ts';

const keys = makeKeys({ all: 'read+operate' });
const QUERY = '{"query":"{ __typename }"}';

const gateway = await sharedGateway({ settings: { ...keys.settings, DURO_WEBHOOK_SECRET: 'whsec_of_duro' } });
beforeEach(() => {
  gateway.logged.splice(0);
});

/** The logged outcomes of requests without an operation, and of operations. */
const logged = (): Json[] =>
  gateway.logged.flatMap((line) =>
    Array.isArray(line) && /^(An operation|A request) was answered$/.test(line[1]) ? [line[2]] : [],
  );

/** Sends one request with an unchanged target, and returns the answer. */
async function ask(method: string, target: string, { host = 'gateway.example', lines = [''], body = '' } = {}) {
  const headers = lines.filter((line) => line !== '');
  const head = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...headers];
  const length = body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${body.length}`];
  const { authorization } = keys.of('all');
  const [answer] = await dial(gateway.url, [...head, `Authorization: ${authorization}`, ...length], body).answers();
  if (!answer) throw new Error('No answer');
  return answer;
}

/** Expects a short answer without internals, with the request id that was logged. */
function expectRefusal({ status, headers, body }: RawAnswer, expected: number): void {
  expect(status).toBe(expected);
  expect(body.length).toBeLessThan(300);
  expect(JSON.parse(body)).toMatchObject({ errors: [{ message: expect.any(String) }] });
  expect(body).not.toMatch(/\.[jt]s|node_modules|\n +at /);
  expect(logged()).toMatchObject([{ requestId: headers['x-request-id'], outcome: `HTTP_${expected}` }]);
}

describe('GraphQL is at exactly /graphql:', () => {
  it.each(['/graphql', '/graphql?x=1', '/graphql?/health', '/graphql?x=/ready', 'http://gateway.example/graphql'])(
    'an operation to %s is executed',
    async (target) => {
      const { status, body } = await ask('POST', target, { body: QUERY });
      expect([status, JSON.parse(body)]).toEqual([200, { data: { __typename: 'Query' } }]);
    },
  );

  it.each([
    '/.\\graphql',
    '//graphql',
    '/graphql/',
    '/graphql//',
    '/./graphql',
    '/x/../graphql',
    '/%67raphql',
    '/GraphQL',
    '/graphql;x',
    '/graphql#x',
    '/graphql%3Fx',
    '/graphql%00',
    '/x?y=/graphql',
    '/webhooks/../graphql',
    'http://gateway.example//graphql',
    'http://gateway.example/graphql/',
    'http://gateway.example/?/graphql',
    '/webhooks/duro/',
    '/webhooks/nobody',
    '/webhooks/',
    '/health/',
    '/health;/graphql',
    '*',
  ])('an operation to %s is rejected', async (target) => {
    for (const method of ['POST', 'OPTIONS']) {
      gateway.logged.splice(0);
      const isPage = target.startsWith('http://gateway.example/?');
      expectRefusal(await ask(method, target, { body: method === 'POST' ? QUERY : '' }), isPage ? 405 : 404);
    }
  });

  it.each([
    ['POST', '/health?x=/graphql', 'GET, HEAD'],
    ['POST', '/ready', 'GET, HEAD'],
    ['POST', '/metrics', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
    ['GET', '/webhooks/duro', 'POST'],
    ['PUT', '/graphql', 'GET, POST, OPTIONS'],
    ['TRACE', '/graphql', 'GET, POST, OPTIONS'],
  ])('%s %s gets 405 and Allow: %s', async (method, target, allow) => {
    const answer = await ask(method, target, { body: method === 'POST' ? QUERY : '' });
    expectRefusal(answer, 405);
    expect(answer.headers.allow).toBe(allow);
  });
});

describe('a malformed request is rejected and logged:', () => {
  it.each(['a b', 'a"b', '[::1', 'gateway.example:99999', '999.1.1.1', '1.2.3.4.5', 'user@gateway.example', '', '%41'])(
    'the host %j',
    async (host) => {
      for (const target of ['/graphql', '/health', '/nowhere']) {
        gateway.logged.splice(0);
        expectRefusal(await ask('POST', target, { host, body: QUERY }), 400);
      }
    },
  );

  it('without a host, with two hosts, or with an invalid one in its target', async () => {
    expectRefusal(await ask('GET', '/health', { lines: ['Host: gateway.example'] }), 400);
    gateway.logged.splice(0);
    expectRefusal(await ask('GET', 'http://999.1.1.1/health'), 400);
    gateway.logged.splice(0);
    const [answer] = await dial(gateway.url, ['GET /health HTTP/1.1', 'Connection: close']).answers();
    expectRefusal(answer ?? { status: 0, headers: {}, body: '' }, 400);
  });

  it.each([
    ['a target that is no path', ['GET ftp://gateway.example/graphql HTTP/1.1', 'Host: x', 'Connection: close'], 400],
    ['a request that is not HTTP', ['GRAPHQL { __typename }'], 400],
    ['an invalid length', ['POST /graphql HTTP/1.1', 'Host: x', 'Content-Length: x'], 400],
    ['headers without end', ['GET /health HTTP/1.1', 'Host: x', `X: ${'x'.repeat(20_000)}`], 431],
    ['an expectation', ['GET /health HTTP/1.1', 'Host: x', 'Expect: everything', 'Connection: close'], 417],
    ['a tunnel', ['CONNECT gateway.example:443 HTTP/1.1', 'Host: gateway.example:443'], 405],
  ])('%s', async (_, lines, status) => {
    const [answer, ...more] = await dial(gateway.url, lines).answers();
    expect(more).toEqual([]);
    expectRefusal(answer ?? { status: 0, headers: {}, body: '' }, status);
  });

  it('once, if its chunked body is malformed', async () => {
    const { authorization } = keys.of('all');
    const lines = ['POST /graphql HTTP/1.1', 'Host: x', `Authorization: ${authorization}`];
    const chunked = [...lines, 'Content-Type: application/json', 'Transfer-Encoding: chunked'];
    const answers = await dial(gateway.url, chunked, '5\r\n{"que\r\nnonsense\r\n').answers();
    expect(answers).toHaveLength(1);
    expectRefusal(answers[0] ?? { status: 0, headers: {}, body: '' }, 400);
  });
});

it('a response in progress is completed, whatever the client sends after its request', async () => {
  const lines = ['GET / HTTP/1.1', 'Host: x', '', 'nonsense'];
  const answers = await dial(gateway.url, lines).answers();
  expect(answers).toMatchObject([{ status: 200, body: expect.stringMatching(/\/graphql .*\n$/s) }]);
});

it('every response without an operation is logged, except successful probes and scrapes', async () => {
  for (const target of ['/health', '/ready', '/metrics']) expect((await ask('GET', target)).status).toBe(200);
  expect(logged()).toEqual([]);
  const lines = ['X-Request-Id: page-1', 'Accept: text/html'];
  const page = await ask('GET', '/', { lines });
  const graphiql = await ask('GET', '/graphql', { lines });
  const options = await ask('OPTIONS', '/graphql', { lines: ['X-Request-Id: page-1'] });
  expect([page, graphiql, options].map(({ status }) => status)).toEqual([200, 200, 405]);
  expect(logged()).toMatchObject([
    { requestId: 'page-1', outcome: 'HTTP_200' },
    { requestId: 'page-1', outcome: 'HTTP_200' },
    { requestId: 'page-1', outcome: 'HTTP_405' },
  ]);
});

it('an unexpected error gets a response without details, and is logged as a bug', async () => {
  await gateway.gateway.store.close();
  expectRefusal(await ask('GET', '/metrics'), 500);
  expect(gateway.logged).toContainEqual([
    'error',
    'A bug',
    expect.stringMatching(/database connection|pool after calling end/),
  ]);
});
