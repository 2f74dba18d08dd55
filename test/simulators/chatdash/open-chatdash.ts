import { type ChatdashOptions, startChatdashSimulator } from '../../../src/simulators/chatdash/index.ts';
import { chatdashClient, opened } from '../client.ts';

/** The second in which the sandbox of {@link openChatdash} starts. */
export const SECONDS = Date.parse('2026-08-01T10:00:00Z') / 1000;

/** A ChatDash whose clock stands still until `time.now` (milliseconds) is set. */
export async function openChatdash(options: ChatdashOptions = {}) {
  const time = { now: SECONDS * 1000 };
  const sandbox = await opened(startChatdashSimulator({ clock: () => time.now, ...options }));
  const ask = chatdashClient(sandbox);
  return {
    sandbox,
    ask,
    time,
    makeCoupon: (data: Record<string, unknown> = {}) => ask('POST', '/coupons', { data: { percent_off: 25, ...data } }),
    makeCode: (data: Record<string, unknown>) => ask('POST', '/promotion-codes', { data }),
    codes: (coupon: string) => ask('GET', `/coupons/${coupon}/promotion-codes`),
  };
}

/** What a refusal of ChatDash looks like. */
export const refused = (error: string, status = 400) => ({ status, body: { error } });
