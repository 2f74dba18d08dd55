import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordedChange } from '../../../src/domain/promotion/recorded-change.ts';
import { MOST_CHANGES, PromotionHistory } from '../../../src/store/history/promotion-history.ts';
import { ENGINES, type TestEngine } from '../test-engines.ts';

const changeOf = (promotionId: string, requestId: string | null): RecordedChange => ({
  promotionId,
  at: 1000,
  kind: 'UPDATED',
  caller: 'ann',
  requestId,
  fields: [{ field: 'active', before: 'true', after: 'false' }],
});

describe.each(ENGINES)('the history of promotions on %s', (_, open) => {
  let opened: TestEngine;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.remove());

  it('keeps the newest changes of each promotion, newest first', async () => {
    const history = new PromotionHistory(opened.engine);
    await history.add(changeOf('other', null));
    for (let number = 1; number <= MOST_CHANGES + 2; number += 1) await history.add(changeOf('one', `r-${number}`));
    const [none, one = [], other] = await history.ofEach(['none', 'one', 'other']);
    expect(none).toEqual([]);
    expect(other).toEqual([changeOf('other', null)]);
    expect(one.map(({ requestId }) => requestId)).toEqual(
      Array.from({ length: MOST_CHANGES }, (_, index) => `r-${MOST_CHANGES + 2 - index}`),
    );
  });
});
