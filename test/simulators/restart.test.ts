import { expect, test } from 'vitest';
import type { ProviderDefinition } from '../../src/providers/definition.ts';
import * as registry from '../../src/providers/index.ts';
import { openSubject } from '../providers/open-subject.ts';
import { draftPromoCode, failureOf, writeCall } from '../providers/subject.ts';
import { temporaryFile } from './client.ts';

test.each(Object.values(registry))(
  'the simulator of $name keeps its codes and their uses when it restarts',
  (definition) => expectKept(definition),
);

async function expectKept<Settings>(definition: ProviderDefinition<Settings>): Promise<void> {
  const stateFile = temporaryFile();
  const first = openSubject(definition, await definition.startSimulator({ stateFile }));
  const draft = await draftPromoCode(first);
  const made = await first.provider.createPromoCode?.(draft, writeCall());
  first.simulator.redeem(made?.providerId ?? '', 3);
  await first.close();

  const second = openSubject(definition, await definition.startSimulator({ stateFile }));
  expect(second.simulator.codes()).toEqual([draft.code]);
  expect(second.simulator.redeemed(made?.providerId ?? '')).toBe(3);
  const failure = await failureOf(second.provider.createPromoCode?.(draft, writeCall()));
  expect(failure).toMatchObject({ reason: 'CODE_TAKEN' });
  await second.close();
}
