import { z } from 'zod';
import { type Answer, jsonAnswer } from './answer.ts';
import { type ApiCall, parseJson } from './call.ts';
import { FaultBody } from './fault.ts';
import { answerByRoute, route } from './routes.ts';
import type { Simulator } from './simulator.ts';

/** The path prefix of the control calls of a simulator. No provider has such paths. */
export const CONTROL_PATH = '/_sandbox/';

const RedeemBody = z.object({ id: z.string(), uses: z.int().positive().default(1) });

/** Answers a control call of a test in another process. Control calls need no API key and are not recorded. */
export function answerControl(simulator: Pick<Simulator, 'calls' | 'fail' | 'heal' | 'redeem'>, call: ApiCall): Answer {
  const routes = [
    route('GET', `${CONTROL_PATH}calls`, () => jsonAnswer(200, simulator.calls)),
    route('POST', `${CONTROL_PATH}redeem`, ({ text }) => {
      const { id, uses } = RedeemBody.parse(parseJson(text));
      simulator.redeem(id, uses);
      return jsonAnswer(200, { id, uses });
    }),
    route('POST', `${CONTROL_PATH}faults`, ({ text }) => {
      simulator.fail(FaultBody.parse(parseJson(text)));
      return jsonAnswer(201, {});
    }),
    route('DELETE', `${CONTROL_PATH}faults`, () => {
      simulator.heal();
      return jsonAnswer(200, {});
    }),
  ];
  try {
    return answerByRoute(routes, call) ?? jsonAnswer(404, { error: 'No such control call' });
  } catch (error) {
    return jsonAnswer(400, { error: error instanceof Error ? error.message : String(error) });
  }
}
