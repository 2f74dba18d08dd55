import type { Forgotten } from '../../gateway/attempts/forget-failed-attempts.ts';
import { builder } from '../builder.ts';
import { resultUnion } from '../shared/result-union.ts';

export const ForgetFailedAttemptsResult = resultUnion('ForgetFailedAttemptsResult', {
  description: 'How many attempts were forgotten, or what is wrong with the input.',
  payload: builder.objectRef<Forgotten>('ForgetFailedAttemptsPayload').implement({
    description: 'The failed attempts were forgotten.',
    fields: (t) => ({
      count: t.expose('count', { type: 'SafeInt', description: 'How many failed attempts no longer count.' }),
    }),
  }),
  errors: ['INVALID_INPUT'],
});
