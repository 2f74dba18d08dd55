import type { Caller } from '../../access/caller.ts';
import type { Gateway } from '../../actions/gateway.ts';
import { createRequestContext, type RequestContext } from '../context.ts';

/**
 * Everything about a caller that an event may depend on: callers with the same view share executions. Whatever is added
 * to Caller is part of the view unless it is left out here.
 */
export type View = Omit<Caller, 'name' | 'isServer' | 'until'>;

export function viewOf({ name, isServer, until, ...view }: Caller): View {
  return view;
}

/** The context of one event. It is made from the view alone, so an event cannot depend on anything that is not in it. */
export function createEventContext(gateway: Gateway, view: View): RequestContext {
  return createRequestContext(gateway, { ...view, name: '', isServer: true, until: null }, null);
}

/** The same text for the same value: members and sets are sorted, lists are not. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (member instanceof Set) return [...member].sort();
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort());
  });
}
