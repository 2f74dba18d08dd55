import { duro } from '../../../src/providers/index.ts';
import { startDuroSandbox } from '../../../src/simulators/index.ts';
import { describeContract, describeVariant } from '../contract.ts';
import { openSubject } from '../open-subject.ts';

const variables = { key: 'DURO_API_KEY', baseUrl: 'DURO_BASE_URL' };

describeContract('Duro', openSubject(duro, await startDuroSandbox(), variables));
describeVariant(
  'Duro in its envelope',
  openSubject(duro, await startDuroSandbox({ switches: { success: 'wrapped', okFalseOnErrors: true } }), variables),
);
