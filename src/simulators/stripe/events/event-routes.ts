import { jsonAnswer } from '../../server/answer.ts';
import type { Collection } from '../../server/documents.ts';
import { type Route, route } from '../../server/routes.ts';
import { randomText } from '../../server/ulid.ts';
import { ALPHANUMERIC } from '../coupon.ts';
import { noSuch } from '../errors.ts';
import { ANY } from '../requests/known-parameters.ts';
import { LIST_PARAMETERS, listPage } from '../requests/list-page.ts';
import { readRequest, type StripeRequest } from '../requests/request.ts';
import type { StripeEvent } from './stripe-event.ts';
import type { WebhookEndpoint } from './webhook-sender.ts';

/** Events can be read for 30 days. */
const EVENT_AGE_SECONDS = 30 * 24 * 60 * 60;

const ENDPOINT_CREATION = { connect: ANY, description: ANY, enabled_events: ANY, metadata: ANY, url: ANY } as const;

/** The endpoints of events and of webhook endpoints. */
export function eventRoutes(
  request: StripeRequest,
  stored: { events: Collection<StripeEvent>; endpoints: Collection<WebhookEndpoint>; platform: string },
): Route[] {
  const { account, now, isLive, refuse } = request;
  const oldest = Math.floor(now / 1000) - EVENT_AGE_SECONDS;
  const events = () =>
    stored.events
      .all()
      .filter((event) => (event.account ?? stored.platform) === account.id && event.created > oldest)
      .reverse();
  return [
    route('GET', '/v1/events', () => {
      const { parameters } = readRequest(request, { ...LIST_PARAMETERS, type: ANY, types: ANY }, []);
      const type = parameters.text('type');
      const types = type === null ? parameters.textList('types') : [type];
      const isWanted = (event: StripeEvent) => types.length === 0 || types.includes(event.type);
      return jsonAnswer(200, listPage(events(), parameters, { url: '/v1/events', noun: 'event', isWanted, refuse }));
    }),
    route('GET', '/v1/events/:id', (_, id) => {
      readRequest(request, { expand: ANY }, []);
      const event = events().find((one) => one.id === id);
      if (event === undefined) throw noSuch(refuse, 'event', id, { param: 'id' });
      return jsonAnswer(200, event);
    }),
    route('POST', '/v1/webhook_endpoints', () => {
      const { parameters } = readRequest(request, ENDPOINT_CREATION, []);
      const url = parameters.requiredText('url');
      const secret = `whsec_${randomText(ALPHANUMERIC, 32)}`;
      const connect = parameters.boolean('connect') ?? false;
      const enabledEvents = parameters.textList('enabled_events');
      if (enabledEvents.length === 0) parameters.requiredText('enabled_events');
      const id = `we_1${randomText(ALPHANUMERIC, 23)}`;
      stored.endpoints.put(id, { url, secrets: [secret], connect, enabledEvents });
      return jsonAnswer(200, {
        id,
        object: 'webhook_endpoint',
        api_version: null,
        created: Math.floor(now / 1000),
        enabled_events: enabledEvents,
        livemode: isLive,
        secret,
        status: 'enabled',
        url,
      });
    }),
  ];
}
