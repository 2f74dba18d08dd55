import { duro } from '../../../src/providers/index.ts';
import { startDuroSimulator } from '../../../src/simulators/duro/index.ts';
import { describeVariant } from '../contract.ts';
import { openSubject } from '../open-subject.ts';

describeVariant(
  'Duro with wrapped answers',
  openSubject(duro, await startDuroSimulator({ switches: { success: 'wrapped', okFalseOnErrors: true } })),
);
