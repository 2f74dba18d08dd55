import { Kind, parse, valueFromASTUntyped } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningGateway, startGateway } from '../support/start-gateway.ts';
import { type Supergraph, startSupergraph } from './supergraph.ts';

let gateway: RunningGateway;
let supergraph: Supergraph;

beforeAll(async () => {
  gateway = await startGateway({ settings: { SUBGRAPH_SCOPES: '1' } });
  supergraph = await startSupergraph(gateway);
}, 120_000);
afterAll(async () => {
  await supergraph.stop();
  await gateway.stop();
});

/** What `@requiresScopes` says in a supergraph about a field. */
function scopesOf(sdl: string | null, type: string, field: string): unknown {
  const { definitions } = parse(sdl ?? '');
  const types = definitions.flatMap((one) => (one.kind === Kind.OBJECT_TYPE_DEFINITION ? [one] : []));
  const fields = types.find(({ name }) => name.value === type)?.fields;
  const directives = fields?.find(({ name }) => name.value === field)?.directives ?? [];
  const values = directives.find(({ name }) => name.value === 'requiresScopes')?.arguments?.[0]?.value;
  return values && valueFromASTUntyped(values);
}

it.each(['guild', 'apollo'] as const)(
  'the subgraph with scopes composes (%s), and the supergraph has them',
  (composer) => {
    const { errors, supergraph: sdl } = supergraph.composition[composer];
    expect(errors).toEqual([]);
    expect(scopesOf(sdl, 'Query', 'redemption')).toEqual([['read']]);
    expect(scopesOf(sdl, 'PromoCode', 'metadata')).toEqual([['read'], ['manage']]);
    expect(scopesOf(sdl, 'PromoCode', 'code')).toBeUndefined();
  },
);

it('a router that does not enforce scopes serves the supergraph', async () => {
  const { data, errors } = await supergraph.ask('{ providers { provider } }');
  expect(errors).toBeUndefined();
  expect(data.providers).toHaveLength(Object.keys(gateway.simulators).length);
});
