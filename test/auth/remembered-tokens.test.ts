import { afterAll, expect, it } from 'vitest';
import { Tokens } from '../../src/auth/tokens.ts';
import { startIssuer } from '../support/credentials/token-issuer.ts';

const issuer = await startIssuer();
afterAll(() => issuer.stop());

let now = Date.now();
const { JWKS_URL: jwksUrl, JWT_ISSUER, JWT_AUDIENCE } = issuer.settings;
const tokens = new Tokens({ jwksUrl, issuer: JWT_ISSUER, audience: JWT_AUDIENCE }, () => now);
const sign = (seconds: number) => issuer.sign({ sub: 'shop', exp: Math.floor(now / 1000) + seconds });

it('a token that was verified is known, with the same caller, until it expires', async () => {
  const token = await sign(60);
  expect(tokens.knownCallerOf(token)).toBeNull();
  const caller = await tokens.callerOf(token);
  expect(caller).toMatchObject({ name: 'token:shop' });
  expect(tokens.knownCallerOf(token)).toBe(caller);
  now += 3_600_000;
  expect(tokens.knownCallerOf(token)).toBeNull();
  expect(await tokens.callerOf(token)).toBeNull();
});

it('a token that is not valid is not remembered', async () => {
  const token = await sign(-60);
  expect(await tokens.callerOf(token)).toBeNull();
  expect(tokens.knownCallerOf(token)).toBeNull();
});
