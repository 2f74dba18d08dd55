import type { Caller } from '../../auth/caller.ts';
import type { Gateway } from '../../gateway/core/gateway.ts';
import { createRequestContext, type RequestContext } from '../context.ts';

/**
 * Everything about a caller that an event may depend on: callers with the same view share executions. A new field of
 * Caller is part of the view unless it is left out here.
 */
export type View = Omit<Caller, 'name' | 'isServer' | 'until'>;

export function viewOf({ name, isServer, until, ...view }: Caller): View {
  return view;
}

/** The context of one event. It is made from the view alone, so an event cannot depend on anything else. */
export function createEventContext(gateway: Gateway, view: View): RequestContext {
  return createRequestContext(gateway, { ...view, name: '', isServer: true, until: null }, { address: null });
}
