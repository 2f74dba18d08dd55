import { flexprice } from '../../../src/providers/index.ts';
import { startFlexpriceSimulator } from '../../../src/simulators/flexprice/index.ts';
import { describeVariant } from '../contract.ts';
import { openSubject } from '../open-subject.ts';

describeVariant(
  'Flexprice with the error bodies from before April 2026',
  openSubject(flexprice, await startFlexpriceSimulator({ switches: { errors: 'nested' } })),
);
