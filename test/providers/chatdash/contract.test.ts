import { chatdash } from '../../../src/providers/index.ts';
import { startChatdashSandbox } from '../../../src/simulators/index.ts';
import { describeContract, describeVariant } from '../contract.ts';
import { openSubject } from '../open-subject.ts';

const others = { STRIPE_CONNECT_ACCOUNTS: 'acct_1' };
const variables = { key: 'CHATDASH_API_KEY', baseUrl: 'CHATDASH_BASE_URL', others };

describeContract('ChatDash', openSubject(chatdash, await startChatdashSandbox(), variables));
describeVariant(
  "ChatDash with every refusal of Stripe's as a 500",
  openSubject(chatdash, await startChatdashSandbox({ switches: { stripeRefusals: 500 } }), variables),
);
