import { type LedgerCommand, unchanged } from './command.ts';
import { hasLapsed } from './ledger-use.ts';
import { givenBack, redeemed } from './settle.ts';

/** The provider has applied a reserved use: it is redeemed, and the provider counts it. */
export function applied(ledgerId: string, providerUseId: string): LedgerCommand<void> {
  return {
    needs: { ledgerId, mayCount: true },
    decide: (state) => {
      const use = state.use(ledgerId);
      if (use?.status === 'REDEEMED' && use.providerUseId === providerUseId) return unchanged(undefined);
      if (use?.status !== 'HELD') throw new Error(`The use ${ledgerId} is no longer reserved`);
      return { answer: undefined, use: redeemed(state, { ...use, providerUseId, replaced: null }, true) };
    },
  };
}

/** The provider has not applied a reserved use. Restores the order's earlier hold, if there was one, unless it has ended. */
export function notApplied(ledgerId: string): LedgerCommand<void> {
  return {
    needs: { ledgerId },
    decide: (state) => {
      const use = state.use(ledgerId);
      if (use?.status !== 'HELD' || use.heldUntil !== null) return unchanged(undefined);
      const { replaced } = use;
      if (replaced === null)
        return { answer: undefined, use: givenBack(use, 'The provider did not apply it', state.now) };
      const restored = { ...use, ...replaced.terms, heldUntil: replaced.until, replaced: null, subscriptionId: null };
      // It may have ended while the provider was asked.
      return { answer: undefined, use: hasLapsed(restored, state.now) ? { ...restored, status: 'EXPIRED' } : restored };
    },
  };
}

/** The provider has ended an applied use. Its count stays, so only the customer's limit gets the use back. */
export function ended(ledgerId: string, reason: string | null): LedgerCommand<void> {
  return {
    needs: { ledgerId },
    decide: (state) => {
      const use = state.use(ledgerId);
      if (use?.status !== 'REDEEMED') return unchanged(undefined);
      return { answer: undefined, use: givenBack(use, reason, state.now) };
    },
  };
}
