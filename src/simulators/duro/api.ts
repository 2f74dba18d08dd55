import type { z } from 'zod';
import { type Answer, answerOrRefusal, jsonAnswer } from '../server/answer.ts';
import { type ApiCall, parseJson } from '../server/call.ts';
import { answerByRoute, type Route, route } from '../server/routes.ts';
import { lenientBodies, strictBodies } from './bodies.ts';
import { type Refuse, validationDetails } from './errors.ts';
import { listPage } from './list.ts';
import { isUsable, type PromoCodeDocument, remainingUses, shownPromoCode } from './promo-code.ts';
import type { PromoCodes } from './promo-codes.ts';
import type { Replays } from './replays.ts';
import type { DuroSwitches } from './switches.ts';

interface DuroApi {
  promoCodes: PromoCodes;
  replays: Replays;
  apiKey: string;
  clock: () => number;
  switches: DuroSwitches;
  refuse: Refuse;
}

/** The part of Duro's merchant API for promo codes. */
export function createDuroApi(api: DuroApi): (call: ApiCall) => Answer {
  const { refuse, apiKey } = api;
  const routes = duroRoutes(api);
  return (call) => {
    if (call.headers.authorization !== `Bearer ${apiKey}`) throw refuse(401, 'Missing or invalid API key');
    return api.replays.answer(call, () =>
      answerOrRefusal(() => {
        const answer = answerByRoute(routes, call);
        if (answer === undefined) throw refuse(404, 'No such resource');
        return answer;
      }),
    );
  };
}

function duroRoutes({ promoCodes, clock, switches, refuse }: DuroApi): Route[] {
  const bodies = switches.unknownFields === 'refused' ? strictBodies : lenientBodies;

  function shown(promoCode: PromoCodeDocument): Record<string, unknown> {
    const left = remainingUses(promoCode);
    return shownPromoCode(promoCode, {
      active: switches.active === 'derived' ? isUsable(promoCode, clock()) : promoCode.active,
      remaining: left !== null && switches.remaining === 'never-negative' ? Math.max(left, 0) : left,
    });
  }

  function success(status: number, data: unknown): Answer {
    return jsonAnswer(status, switches.success === 'wrapped' ? { ok: true, data } : data);
  }

  const routes = [
    route('POST', '/v1/promo-codes', ({ text }) => {
      return success(201, shown(promoCodes.create(checkedBody(text, bodies.create, refuse))));
    }),
    route('GET', '/v1/promo-codes/:id', (_, id) => success(200, shown(promoCodes.get(id)))),
    route('PATCH', '/v1/promo-codes/:id', ({ text }, id) => {
      return success(200, shown(promoCodes.update(id, checkedBody(text, bodies.update, refuse))));
    }),
  ];
  if (switches.list === 'absent') return routes;
  const list = route('GET', '/v1/promo-codes', ({ query }) => {
    const page = listPage(promoCodes.newestFirst(), new URLSearchParams(query), { switches, refuse });
    return success(200, { ...page, items: page.items.map(shown) });
  });
  return [...routes, list];
}

function checkedBody<Body>(text: string, schema: z.ZodType<Body>, refuse: Refuse): Body {
  const body = parseJson(text);
  if (body === undefined) throw refuse(400, 'The request body is not valid JSON');
  const { success, data, error } = schema.safeParse(body);
  if (!success) throw refuse(422, validationDetails(error, body));
  return data;
}
