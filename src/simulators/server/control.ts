import { z } from 'zod';
import { normalizedCode } from '../../domain/codes/code.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import { type ApiCall, parseJson, type ReceivedCall } from './call.ts';
import { FaultBody } from './fault.ts';
import { answerByRoute, route } from './routes.ts';
import type { Simulator } from './simulator.ts';

/** The path prefix of the control calls of a simulator. No provider has such paths. */
export const CONTROL_PATH = '/_sandbox/';

/** The control calls by what stands behind the prefix, and the methods of each. */
export const CONTROL_NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['faults', ['POST', 'DELETE']],
  ['redeem', ['POST']],
  ['codes', ['GET']],
  ['calls', ['GET']],
]);

/** The headers in which providers expect a key. */
const KEY_HEADERS: ReadonlySet<string> = new Set(['authorization', 'x-api-key']);

const Uses = z.int().positive().default(1);
const RedeemBody = z.union([z.object({ id: z.string(), uses: Uses }), z.object({ code: z.string(), uses: Uses })], {
  error: 'needs the code or the id, and perhaps uses, a number above 0',
});

type Controlled = Pick<Simulator, 'calls' | 'fail' | 'heal' | 'redeem' | 'promoCodes'>;

/** Answers a control call of a test in another process. Control calls need no API key and are not recorded. */
export function answerControl(simulator: Controlled, call: ApiCall): Answer {
  const routes = [
    route('GET', `${CONTROL_PATH}calls`, () => jsonAnswer(200, simulator.calls.map(withoutKeys))),
    route('GET', `${CONTROL_PATH}codes`, () => jsonAnswer(200, simulator.promoCodes())),
    route('POST', `${CONTROL_PATH}redeem`, ({ text }) => {
      const body = RedeemBody.parse(parseJson(text));
      if ('code' in body) return jsonAnswer(200, { id: redeemCode(simulator, body), uses: body.uses });
      simulator.redeem(body.id, body.uses);
      return jsonAnswer(200, { id: body.id, uses: body.uses });
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
    return jsonAnswer(400, { error: reasonOf(error) });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return error instanceof Error ? error.message : String(error);
  return error.issues.map(({ path, message }) => `${path.join('.') || 'The body'}: ${message}`).join('; ');
}

/** Somebody may have sent a real key to a simulator, and lists of calls are copied into bug reports. */
function withoutKeys({ headers, ...call }: ReceivedCall): ReceivedCall {
  const shown = Object.entries(headers).map(([name, value]) => [name, KEY_HEADERS.has(name) ? '[key]' : value]);
  return { ...call, headers: Object.fromEntries(shown) };
}

/**
 * Counts uses of a code that is named by its text, in any letter case.
 * @returns its id
 * @throws if there is no such code, or the provider would refuse that many uses
 */
export function redeemCode(
  simulator: Pick<Simulator, 'redeem' | 'promoCodes'>,
  { code, uses }: { code: string; uses: number },
): string {
  const wanted = normalizedCode(code);
  const found = simulator.promoCodes().find((one) => normalizedCode(one.code) === wanted);
  if (!found) throw new Error(`The provider has no code ${code}`);
  simulator.redeem(found.id, uses);
  return found.id;
}
