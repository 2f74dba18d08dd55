import { type ChatdashOptions, startChatdashSimulator } from '../../../src/simulators/chatdash/index.ts';
import { chatdashClient, opened } from '../client.ts';

/** The start time of the simulator of {@link openChatdash}, in unix seconds. */
export const SECONDS = Date.parse('2026-08-01T10:00:00Z') / 1000;

/** Starts a ChatDash simulator with a fixed clock. Set `time.now` (milliseconds) to change it. */
export async function openChatdash(options: ChatdashOptions = {}) {
  const time = { now: SECONDS * 1000 };
  const simulator = await opened(startChatdashSimulator({ clock: () => time.now, ...options }));
  const ask = chatdashClient(simulator);
  return {
    simulator,
    ask,
    time,
    makeCoupon: (data: Record<string, unknown> = {}) => ask('POST', '/coupons', { data: { percent_off: 25, ...data } }),
    makeCode: (data: Record<string, unknown>) => ask('POST', '/promotion-codes', { data }),
    codes: (coupon: string) => ask('GET', `/coupons/${coupon}/promotion-codes`),
  };
}

/** The shape of a refusal by ChatDash. */
export const refused = (error: string, status = 400) => ({ status, body: { error } });
