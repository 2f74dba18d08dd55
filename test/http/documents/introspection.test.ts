import { getIntrospectionQuery } from 'graphql';
import { afterEach, expect, it } from 'vitest';
import { type RunningGateway, startGateway } from '../../support/start-gateway.ts';

let gateway: RunningGateway;
afterEach(() => gateway?.stop());

async function start(settings: Record<string, string> = {}): Promise<void> {
  gateway = await startGateway({ settings });
}

const SDL = '{ _service { sdl } }';
const SCHEMA = '{ __schema { queryType { name } } }';
const levels = (count: number, field: string, below: string): string =>
  count === 0 ? below : `${field} { ${levels(count - 1, field, below)} }`;

/** The introspection query of GraphiQL, generators and other tools, with all their options. */
const EVERYTHING = getIntrospectionQuery({
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  oneOf: true,
});

it.each([
  ['lists in lists', `{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }`],
  ['lists of one type', `{ __type(name: "Query") { fields { type { fields { type { fields { name } } } } } } }`],
  [
    'lists in fragments',
    '{ __schema { types { ...A } } } fragment A on __Type { fields { type { ...B } } } fragment B on __Type { interfaces { possibleTypes { name } } }',
  ],
  [
    'a fragment in itself',
    '{ __schema { types { ...Cycle } } } fragment Cycle on __Type { fields { type { ...Cycle } } }',
  ],
  ['a chain of wrapped types', `{ __schema { types { ${levels(13, 'ofType', 'name')} } } }`],
  [
    'a chain in a fragment',
    `{ __schema { types { ...Deep } } } fragment Deep on __Type { ${levels(13, 'ofType', 'name')} }`,
  ],
])('introspection that is too deep is refused before it runs: %s', async (_, query) => {
  await start();
  const { data, errors } = await gateway.send(query);
  expect(data).toBeUndefined();
  expect(errors[0].message).toMatch(/depth/i);
});

it('introspection may be as deep as tools need', async () => {
  await start();
  await gateway.run(`{ __type(name: "Query") { ${levels(13, 'ofType', 'name')} } }`);
  await gateway.run('{ __type(name: "PromoCode") { fields { type { fields { type { name } } } } } }');
});

it('one operation can read the whole schema once, but not several times', async () => {
  await start();
  expect((await gateway.run(EVERYTHING)).__schema.types.length).toBeGreaterThan(100);
  const [head = '', ...fragments] = EVERYTHING.split('fragment ');
  const selection = head.slice(head.indexOf('__schema'), head.lastIndexOf('}'));
  const twice = [`{ one: ${selection} two: ${selection} }`, ...fragments].join('fragment ');
  expect((await gateway.send(twice)).errors).toMatchObject([{ extensions: { code: 'OPERATION_TOO_EXPENSIVE' } }]);
});

it('one operation cannot read the subgraph SDL many times', async () => {
  await start();
  const aliases = Array.from({ length: 20 }, (_, index) => `a${index}: _service { sdl }`);
  const { errors } = await gateway.send(`{ ${aliases.join(' ')} }`);
  expect(errors).toMatchObject([{ extensions: { code: 'OPERATION_TOO_EXPENSIVE' } }]);
});

it.each([
  [{ INTROSPECTION: '0' }, false, false],
  [{ INTROSPECTION: '0', SUBGRAPH_SDL: '1' }, false, true],
  [{ SUBGRAPH_SDL: '0' }, true, false],
  [{}, true, true],
])('%j: introspection is on: %s; the SDL of the subgraph is: %s', async (settings, isIntrospected, isSubgraph) => {
  await start(settings);
  const expectOn = async (isOn: boolean, query: string) => {
    const { errors } = await gateway.send(query);
    if (isOn) expect(errors).toBeUndefined();
    else expect(errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  };
  await expectOn(isIntrospected, SCHEMA);
  await expectOn(isSubgraph, SDL);
  await expectOn(isSubgraph, '{ ...S } fragment S on Query { other: _service { sdl } }');
});

it.each([
  ['a field', '{ promoCod }', {}],
  ['a type', 'query ($of: PromoCodeFilte) { promoCodes(filter: $of) { totalCount } }', {}],
  ['an argument', '{ promoCode(i: "x") { id } }', {}],
  ['a value', '{ promoCodes(orderBy: CREATED_AT) { totalCount } }', {}],
  [
    'a value of a variable',
    'query ($by: PromotionSort) { promoCodes(orderBy: $by) { totalCount } }',
    { by: 'CREATED_AT' },
  ],
  [
    'a field of a variable',
    'query ($of: CouponFilter) { coupons(filter: $of) { totalCount } }',
    { of: { statu: 'x' } },
  ],
])('an error suggests no name of the schema where introspection is off: %s', async (_, query, variables) => {
  await start();
  expect(JSON.stringify((await gateway.send(query, variables)).errors)).toContain('Did you mean');
  await gateway.stop();
  await start({ INTROSPECTION: '0' });
  const { errors } = await gateway.send(query, variables);
  expect(errors[0]).toMatchObject({ message: expect.stringMatching(/\w/), locations: [{ line: 1 }] });
  expect(JSON.stringify(errors)).not.toContain('Did you mean');
});
