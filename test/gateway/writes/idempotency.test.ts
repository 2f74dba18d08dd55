import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, KEYED_MUTATIONS } from '../../support/keyed-mutations.ts';
import { isWrite } from '../../support/shop.ts';
import { type Json, type RunningGateway, startGateway } from '../../support/start-gateway.ts';

const DAY = 24 * 60 * 60 * 1000;
const EVERYTHING = `{
  promoCodes(first: 100) { totalCount nodes { id status maxRedemptions redeemedCount heldCount metadata } }
  coupons(first: 100) { totalCount nodes { id name status redeemedCount heldCount metadata } }
  redemptions(first: 100) { totalCount nodes { id status cancelReason countedByProvider heldUntil } }
}`;
const CONFLICT = { __typename: 'IdempotencyConflictError' };

let gateway: RunningGateway;
let keys = 0;
const newKey = () => ({ idempotencyKey: `key-${++keys}` });
const writes = () => Object.values(gateway.simulators).flatMap(({ calls }) => calls.filter(isWrite)).length;
const everything = async (): Promise<Json> => ({ ...(await gateway.run(EVERYTHING)), writes: writes() });

describe.each(KEYED_MUTATIONS)('an idempotency key of $title', (keyed) => {
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  const arrange = () => keyed.arrange(gateway.run);
  const send = (input: Json) => call(gateway.run, keyed, input);

  it('returns the same object again and changes nothing', async () => {
    const input = { ...(await arrange()), ...newKey() };
    const before = writes();
    const first = await send(input);
    expect(first).toMatchObject({ replayed: false, object: { id: expect.any(String) } });
    expect(writes()).toBe(before + keyed.writes);
    const after = await everything();
    expect(await send(input)).toEqual({ ...first, replayed: true });
    expect(await everything()).toEqual(after);
  });

  it('is refused for another input and for another mutation', async () => {
    const key = newKey();
    const input = { ...(await arrange()), ...key };
    const others = [{ keyed, input: { ...(keyed.other ? { ...input, ...keyed.other } : await arrange()), ...key } }];
    for (const other of KEYED_MUTATIONS) {
      if (other.mutation === keyed.mutation) continue;
      others.push({ keyed: other, input: { ...(await other.arrange(gateway.run)), ...key } });
    }
    const first = await send(input);
    const after = await everything();
    for (const other of others) {
      expect(await call(gateway.run, other.keyed, other.input), other.keyed.title).toMatchObject(CONFLICT);
    }
    expect(await everything()).toEqual(after);
    expect(await send(input)).toEqual({ ...first, replayed: true });
  });

  it('has one effect in parallel calls', async () => {
    const input = { ...(await arrange()), ...newKey() };
    const before = writes();
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(input)));
    const [first] = answers;
    expect(first.__typename).toMatch(/Payload$/);
    expect(answers.map(({ object }) => object)).toEqual(answers.map(() => first.object));
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(writes()).toBe(before + keyed.writes);
  });

  it('stays free after a refusal', async () => {
    const input = { ...(await arrange()), ...newKey() };
    const refused = await send({ ...input, ...(await keyed.refused(gateway.run)) });
    expect(refused.__typename).toMatch(/Error$/);
    expect(refused.__typename).not.toBe(CONFLICT.__typename);
    expect(await send(input)).toMatchObject({ replayed: false });
  });

  it('is free again after 30 days', async () => {
    const key = newKey();
    const input = { ...(await arrange()), ...key };
    const { object } = await send(input);
    gateway.advance(30 * DAY - 1);
    expect(await send(input)).toMatchObject({ replayed: true, object: { id: object.id } });
    gateway.advance(1);
    const later = await send({ ...(await arrange()), ...key });
    expect(later).toMatchObject({ replayed: false });
    expect(later.object.id).not.toBe(object.id);
  });
});
