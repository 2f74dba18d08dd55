import { createServer } from 'node:http';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { noteSecret } from '../redaction.ts';
import type { Json } from '../start-gateway.ts';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'promo-gateway';

/** An issuer of tokens that publishes its key over HTTP. */
export async function startIssuer() {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' }] });
  const good = { status: 200, body: jwks };
  let published = good;
  let reads = 0;
  const server = createServer((_, response) => {
    reads += 1;
    response.writeHead(published.status).end(published.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  const port = address && typeof address === 'object' ? address.port : 0;
  return {
    /** The settings of a gateway that accepts its tokens. */
    settings: { JWKS_URL: `http://127.0.0.1:${port}/jwks.json`, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE },
    publicKey: await exportSPKI(pair.publicKey),
    /** How often its keys have been read, or tried to. */
    reads: () => reads,
    /** Changes the answer of its JWKS address. Default: its public key. */
    publish: (answer = good) => {
      published = answer;
    },
    /** Signs a token with these claims, the issuer and the audience. */
    async sign(claims: JWTPayload, header: Json = {}, key: Json = pair.privateKey): Promise<string> {
      const signing = new SignJWT({ iss: ISSUER, aud: AUDIENCE, ...claims });
      const token = await signing.setProtectedHeader({ alg: 'ES256', kid: 'one', ...header }).sign(key);
      noteSecret(token);
      return token;
    },
    stop: () => server.close(),
  };
}
