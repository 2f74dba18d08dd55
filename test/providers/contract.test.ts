import { KNOWN_PROVIDERS } from '../../src/domain/promotion/promotion.ts';
import type { ProviderDefinition } from '../../src/providers/definition.ts';
import * as registry from '../../src/providers/index.ts';
import { describeContract } from './contract.ts';
import { openSubject } from './open-subject.ts';

async function describeProvider<Settings>(definition: ProviderDefinition<Settings>): Promise<void> {
  const subject = openSubject(definition, await definition.startSimulator({}));
  describeContract(KNOWN_PROVIDERS[definition.name].title, subject);
}

for (const definition of Object.values(registry)) await describeProvider(definition);
