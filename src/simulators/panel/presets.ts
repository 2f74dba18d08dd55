import type { Fault, WaitingFault } from '../server/fault.ts';

/** A fault that the page has a button for. */
interface Preset {
  label: string;
  fault: Fault;
}

const UNTIL_HEALED = Number.POSITIVE_INFINITY;

/** The faults with a button, by the value that the button sends. */
export const PRESETS: ReadonlyMap<string, Preset> = new Map([
  ['DOWN', { label: 'Down: answer 503', fault: { kind: 'answer', status: 503, times: UNTIL_HEALED } }],
  ['SILENT', { label: 'Silent: never answer', fault: { kind: 'silence', times: UNTIL_HEALED } }],
  ['LIMITED', { label: 'Refuse calls: 429', fault: { kind: 'answer', status: 429, times: UNTIL_HEALED } }],
  ['BROKEN', { label: 'Break the next answer', fault: { kind: 'truncated-json' } }],
  [
    'LOST',
    {
      label: 'Do the next creation, lose its answer',
      // Some providers also search by POST.
      fault: { kind: 'hang-up', commit: true, method: 'POST', path: /^(?!.*\/search)/ },
    },
  ],
]);

/** A fault in a few words, such as "answer 503 to every call". */
export function faultInWords({ fault, left }: WaitingFault): string {
  const what = fault.kind === 'answer' ? `answer ${fault.status}` : fault.kind;
  const calls = [fault.method, 'call', fault.path && 'to some paths'].filter(Boolean).join(' ');
  const which = left === UNTIL_HEALED ? `every ${calls}` : left === 1 ? `the next ${calls}` : `${left} × ${calls}`;
  return `${what} for ${which}${fault.commit ? ', after the real work' : ''}`;
}
