import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WindowAttempt, WindowLimits } from '../../../src/gateway/attempts/window-limits.ts';
import { storeOver } from '../../../src/store/store.ts';
import { ENGINES, type TestEngine } from '../../store/test-engines.ts';

const SUBJECT = { kind: 'caller', key: 'shop' } as const;

describe.each(ENGINES)('limits of attempts on %s', (_, open) => {
  let opened: TestEngine;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.remove());

  const limitsOf = (points: number) => new WindowLimits(storeOver(opened.engine).attempts, { caller: points }, 60);

  async function begin(limits: WindowLimits<'caller'>): Promise<WindowAttempt<'caller'>> {
    const attempt = await limits.begin([SUBJECT]);
    if ('waitSeconds' in attempt) throw new Error('The limit is reached');
    return attempt;
  }

  it('count a failed attempt once, also before it has ended', async () => {
    const limits = limitsOf(2);
    using first = await begin(limits);
    await first.count();
    using second = await begin(limits);
    expect(second.usages).toMatchObject([{ used: 2 }]);
    first[Symbol.dispose]();
    expect(await limits.begin([SUBJECT])).toMatchObject({ waitSeconds: expect.any(Number) });
  });

  it('count for all processes until the window ends or is forgotten', async () => {
    const [one, other] = [limitsOf(2), limitsOf(2)];
    for (const limits of [one, other]) {
      using attempt = await begin(limits);
      await attempt.count();
    }
    const refused = await one.begin([SUBJECT]);
    const seconds = 'waitSeconds' in refused ? refused.waitSeconds : 0;
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(await other.forget(SUBJECT)).toBe(2);
    using after = await begin(one);
    expect(after.usages).toMatchObject([{ used: 1, endsInMs: 0 }]);
  });
});
