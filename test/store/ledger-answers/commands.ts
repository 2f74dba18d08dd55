import { expect } from 'vitest';
import type { CancelAnswer, ConfirmAnswer, TakeAnswer } from '../../../src/domain/ledger/requests.ts';
import { parseRedemptionId } from '../../../src/domain/promotion/identity.ts';
import type { Store } from '../../../src/store/store.ts';
import {
  confirmationOf,
  expectedAnswer,
  grantedOf,
  type ModelActor,
  record,
  recordSettled,
  toUse,
} from '../../domain/ledger/commands.ts';
import type { Asked, ModelUse } from '../../domain/ledger/ledger-model.ts';
import { reserve } from '../../domain/ledger/provider-commands.ts';
import type { RealLedger } from '../../domain/ledger/real-ledger.ts';
import { EVERYTHING } from '../store-parts.ts';
import type { AnswersModel, Request, Sent } from './model.ts';
import { type AnswersCommand, command, everything, expectUnchanged, shown } from './watch.ts';

type LedgerAnswer = TakeAnswer | ConfirmAnswer | CancelAnswer;

export function take(asked: Asked, as: 'REDEEMED' | 'HELD', seconds: number, key: string): AnswersCommand {
  const request = { kind: 'TAKE', asked, as, seconds } as const;
  const call = { caller: asked.caller, key, mutation: `take ${as}`, inputHash: JSON.stringify(asked), ...EVERYTHING };
  return command(`${as} ${seconds} s ${call.inputHash} under ${key}`, (model, real) =>
    play(model, real, { request, call }),
  );
}

/** Confirms or cancels the use with this index, modulo the number of uses plus one. The last index has no use. */
export function settle(verb: 'confirm' | 'cancel', number: number, { key, caller, ...by }: ModelActor): AnswersCommand {
  return command(`${verb} #${number} ${JSON.stringify(by)} under ${caller}/${key}`, (model, real) => {
    const id = model.uses[number % (model.uses.length + 1)]?.id ?? 'none';
    const call = { caller, key, mutation: verb, inputHash: JSON.stringify([id, by.amount]), ...EVERYTHING };
    return play(model, real, { request: { kind: 'SETTLE', verb, id, by }, call });
  });
}

/** Variants of a repeated request: unchanged, or with one difference. */
const VARIANTS = {
  unchanged: (sent: Sent): Sent => sent,
  'under another key': ({ request, call }: Sent): Sent => ({ request, call: { ...call, key: `${call.key}'` } }),
  'as another mutation': ({ request, call }: Sent): Sent => ({ request, call: { ...call, mutation: 'other' } }),
  'with another input': ({ request, call }: Sent): Sent => ({ request, call: { ...call, inputHash: 'other' } }),
  'by the other caller': ({ request, call }: Sent): Sent => {
    const caller = call.caller === 'shop' ? 'app' : 'shop';
    const changed = request.kind === 'TAKE' ? { ...request, asked: { ...request.asked, caller } } : request;
    return { request: changed, call: { ...call, caller } };
  },
  'as the opposite, under another key': ({ request, call }: Sent): Sent => ({
    request: oppositeOf(request),
    call: { ...call, key: `${call.key}"`, mutation: `${call.mutation} reversed` },
  }),
};
export type Variant = keyof typeof VARIANTS;
export const VARIANT_NAMES: readonly Variant[] = [
  'unchanged',
  'under another key',
  'as another mutation',
  'with another input',
  'by the other caller',
  'as the opposite, under another key',
];

/** A hold becomes a redemption, a confirmation becomes a cancellation, and vice versa. */
function oppositeOf(request: Request): Request {
  // No hold is shorter than a second.
  if (request.kind === 'TAKE') return { ...request, as: request.as === 'HELD' ? 'REDEEMED' : 'HELD', seconds: 1 };
  return { ...request, verb: request.verb === 'confirm' ? 'cancel' : 'confirm' };
}

export function repeat(number: number, variant: Variant): AnswersCommand {
  return command(`repeat #${number} ${variant}`, async (model, real) => {
    const sent = model.sent[number % Math.max(1, model.sent.length)];
    if (sent) await play(model, real, VARIANTS[variant](sent));
  });
}

async function play(model: AnswersModel, real: RealLedger<Store>, sent: Sent): Promise<void> {
  const { request, call } = sent;
  model.sent.push(sent);
  const key = { scoped: `${call.caller}/${call.key}`, meaning: `${call.mutation} ${call.inputHash}` };
  const before = model.byKey(key.scoped, key.meaning);
  model.expire();
  const answer = await send(model, real, sent);
  if (before) {
    if (before.kind === 'REPLAYED') expectUse(answer, true, shown(before.use, real));
    else expect(answer).toEqual({ kind: 'IDEMPOTENCY_CONFLICT' });
    return;
  }
  const use =
    request.kind === 'TAKE' ? judgeTake(model, real, request, answer) : judgeChange(model, real, sent, answer);
  if (use) model.keys.set(key.scoped, { meaning: key.meaning, id: use.id });
}

function send(model: AnswersModel, real: RealLedger<Store>, { request, call }: Sent): Promise<LedgerAnswer> {
  const { ledger } = real.store;
  if (request.kind === 'TAKE') {
    const { asked, as, seconds } = request;
    const mode = as === 'HELD' ? { as, until: model.now + seconds * 1000 } : { as };
    return ledger.take(toUse(asked, real), mode, call, model.now);
  }
  const ledgerId = parseRedemptionId(request.id) ?? 'none';
  const by = { caller: call.caller, mayManage: request.by.mayManage, customer: null };
  return request.verb === 'confirm'
    ? ledger.confirm(confirmationOf({ ledgerId, ...request.by }), by, call, model.now)
    : ledger.cancel(ledgerId, null, by, call, model.now);
}

/** Compares the answer with the model's. @returns the use that completes the idempotency key; null: none */
function judgeTake(
  model: AnswersModel,
  real: RealLedger<Store>,
  { asked, as, seconds }: Extract<Request, { kind: 'TAKE' }>,
  answer: LedgerAnswer,
): ModelUse | null {
  const expected = model.verdict(asked);
  if (expected.kind === 'REFUSED') {
    expectRefusal(answer, expected.reason, model.retryAfter(asked, expected.reason));
    return null;
  }
  if (expected.kind === 'REPLAYED') {
    expected.use.customer ??= asked.customer;
    expectUse(answer, true, shown(expected.use, real));
    return expected.use;
  }
  if (answer.kind !== 'TAKEN' || expected.kind !== 'TAKEN') {
    expect(answer.kind).toBe(expected.kind);
    return null;
  }
  const { id } = answer.redemption;
  expect(model.uses.filter((use) => use.id === id)).toEqual(expected.own ? [expected.own] : []);
  record(model, asked, expected.own, { id, status: as, heldUntil: as === 'HELD' ? model.now + seconds * 1000 : null });
  const use = model.uses.find((one) => one.id === id) ?? null;
  if (use) expectUse(answer, false, shown(use, real));
  return use;
}

function judgeChange(
  model: AnswersModel,
  real: RealLedger<Store>,
  { request, call: { caller } }: Sent,
  answer: LedgerAnswer,
): ModelUse | null {
  if (request.kind !== 'SETTLE') throw new Error('Expected a confirmation or a cancellation');
  const { verb, id, by } = request;
  const use = model.uses.find((one) => one.id === id);
  const expected = expectedAnswer(model, verb, use, { caller, ...by });
  expect(answer.kind).toBe(expected);
  if (expected === 'REFUSED') expectRefusal(answer, 'CURRENCY_MISMATCH', null);
  if (expected !== 'TAKEN' || !use) return null;
  recordSettled(model, verb, use, by);
  expectUse(answer, false, shown(use, real));
  return use;
}

/** Quotes a use, which changes nothing. */
export function quote(asked: Asked): AnswersCommand {
  return command(`quote ${JSON.stringify(asked)}`, (model, real) => quoteNow(model, real, asked));
}

/** Quotes a use for an earlier order, which may already have it. */
export function quoteAgain(number: number): AnswersCommand {
  return command(`quote the order of #${number}`, async (model, real) => {
    const asked = orderOf(model, number);
    if (asked) await quoteNow(model, real, asked);
  });
}

/** Reserves a use for an earlier order, which may already have a hold. */
export function reserveAgain(number: number): AnswersCommand {
  return command(`reserve for the order of #${number}`, async (model, real) => {
    const asked = orderOf(model, number);
    if (asked) await reserve(asked, 'sub-1', 'again').run(model, real);
  });
}

function orderOf(model: AnswersModel, number: number): Asked | undefined {
  const orders = model.sent.flatMap(({ request }) => (request.kind === 'TAKE' ? [request.asked] : []));
  return orders[number % Math.max(1, orders.length)];
}

async function quoteNow(model: AnswersModel, real: RealLedger<Store>, asked: Asked): Promise<void> {
  const before = await everything(model, real);
  const expected = model.verdict(asked);
  const verdict = await real.store.ledger.quote(toUse(asked, real), model.now);
  await expectUnchanged(model, real, before);
  if (expected.kind === 'REFUSED') expectRefusal(verdict, expected.reason, model.retryAfter(asked, expected.reason));
  // While the provider applies the use, taking has to wait and a quote decides nothing.
  else if (expected.kind !== 'IN_PROGRESS') {
    const { discountAmount } = expected.kind === 'REPLAYED' ? grantedOf(expected.use) : { discountAmount: null };
    expect(verdict).toEqual({ kind: 'ELIGIBLE', discountAmount, payableAmount: null });
  }
}

function expectUse(answer: LedgerAnswer, replayed: boolean, redemption: object): void {
  expect(answer).toMatchObject({ kind: 'TAKEN', replayed, redemption });
}

function expectRefusal(answer: { kind: string }, reason: string, retryAfterSeconds: number | null | undefined): void {
  const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  expect(answer).toMatchObject({ kind: 'REFUSED', reason, shortfall: null, ...retry });
}
