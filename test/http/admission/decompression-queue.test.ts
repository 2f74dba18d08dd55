import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { OverloadedError } from '../../../src/http/admission/admission-errors.ts';
import { DecompressionQueue } from '../../../src/http/admission/decompression-queue.ts';

/** Work that runs until the test ends it. */
function work() {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const begun: number[] = [];
  return {
    begun,
    end: resolve,
    fail: reject,
    run: (number: number) => () => {
      begun.push(number);
      return promise;
    },
  };
}

it('one body of an owner is decompressed at a time, and owners do not wait for each other', async () => {
  const unpacking = new DecompressionQueue();
  const [one, other] = [work(), work()];
  const ofOne = [1, 2, 3].map((number) => unpacking.inTurn('one', one.run(number)));
  const ofOther = unpacking.inTurn('other', other.run(1));
  await setImmediate();
  expect([one.begun, other.begun]).toEqual([[1], [1]]);
  one.end();
  other.end();
  await Promise.all([...ofOne, ofOther]);
  expect(one.begun).toEqual([1, 2, 3]);
});

it('a body that cannot be decompressed does not block the next ones', async () => {
  const unpacking = new DecompressionQueue();
  const broken = work();
  const failing = unpacking.inTurn('one', broken.run(1));
  const next = unpacking.inTurn('one', async () => 'whole');
  broken.fail(new Error('broken'));
  await expect(failing).rejects.toThrow('broken');
  expect(await next).toBe('whole');
});

it('500 bodies of an owner may wait at the same time', async () => {
  const unpacking = new DecompressionQueue();
  const { run, end } = work();
  const waiting = Array.from({ length: 500 }, (_, number) => unpacking.inTurn('one', run(number)));
  await expect(unpacking.inTurn('one', run(500))).rejects.toThrow(OverloadedError);
  end();
  await Promise.all(waiting);
  expect(await unpacking.inTurn('one', async () => 'room')).toBe('room');
});
