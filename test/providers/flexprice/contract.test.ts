import { flexprice } from '../../../src/providers/index.ts';
import { startFlexpriceSandbox } from '../../../src/simulators/index.ts';
import { describeContract, describeVariant } from '../contract.ts';
import { openSubject } from '../open-subject.ts';

const variables = { key: 'FLEXPRICE_API_KEY', baseUrl: 'FLEXPRICE_BASE_URL' };

describeContract('Flexprice', openSubject(flexprice, await startFlexpriceSandbox(), variables));
describeVariant(
  'Flexprice with errors of before April 2026',
  openSubject(flexprice, await startFlexpriceSandbox({ switches: { errors: 'nested' } }), variables),
);
