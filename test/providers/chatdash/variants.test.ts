import { chatdash } from '../../../src/providers/index.ts';
import { startChatdashSimulator } from '../../../src/simulators/chatdash/index.ts';
import { describeVariant } from '../contract.ts';
import { openSubject } from '../open-subject.ts';

describeVariant(
  "ChatDash with every refusal of Stripe's as a 500",
  openSubject(chatdash, await startChatdashSimulator({ switches: { stripeRefusals: 500 } })),
);
