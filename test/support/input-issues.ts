import { expect } from 'vitest';
import type { Json, RunningGateway } from './start-gateway.ts';

const INPUTS = {
  createPromoCode: 'CreatePromoCodeInput',
  createCoupon: 'CreateCouponInput',
  updatePromoCode: 'UpdatePromoCodeInput',
  redeemPromoCode: 'RedeemPromoCodeInput',
  holdPromoCode: 'HoldPromoCodeInput',
} as const;
export type CheckedMutation = keyof typeof INPUTS;

/** What is wrong with an input. Each issue has words and a path, such as "input.code". */
export async function inputIssues(
  gateway: RunningGateway,
  mutation: CheckedMutation,
  input: Json,
): Promise<{ path: string; code: string }[]> {
  // The compiler derives no type from a text that it does not know.
  const text: string = `mutation ($input: ${INPUTS[mutation]}!) {
      ${mutation}(input: $input) { __typename ... on PromotionInputError { message issues { path message code } } }
    }`;
  const answer = await gateway.run(text, { input });
  expect(answer[mutation].__typename).toBe('PromotionInputError');
  const issues: Json[] = answer[mutation].issues;
  expect(issues.every(({ message }) => message.length > 0)).toBe(true);
  return issues.map(({ path, code }) => ({ path: path.join('.'), code }));
}
