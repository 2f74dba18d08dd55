import { type Plugin, useReadinessCheck } from 'graphql-yoga';
import type { Gateway } from '../actions/gateway.ts';
import { troubleOf } from '../store/trouble.ts';

/**
 * GET /ready: whether requests may be sent here, which are not while the process is on its way down, and while the store
 * cannot be written: what is held could be read, but nothing be redeemed.
 * @param tell is told when the store gets into trouble, and (null) when it is out of it
 */
export function useReadiness({ store }: Gateway, isUp: () => boolean, tell: (trouble: string | null) => void): Plugin {
  let last: string | null = null;
  const troubleNow = () => {
    try {
      store.probe();
      return null;
    } catch (error) {
      return troubleOf(error) ?? 'it cannot be written';
    }
  };
  const check = () => {
    if (!isUp()) return false;
    const trouble = troubleNow();
    if (trouble !== last) tell(trouble);
    last = trouble;
    return trouble === null;
  };
  return useReadinessCheck({ endpoint: '/ready', check });
}
