/** Behaviours that Stripe's documentation leaves open, and what a sandbox has without creating it. */
export interface StripeSwitches {
  /** Whether a raised counter, and a code that a use ends, are reported as "…updated" events. */
  useEvents: 'sent' | 'omitted';
  /** Whether every "cus_…" and "sub_…" exists, or only those that were created. */
  customersAndSubscriptions: 'any' | 'created';
  /** Whether an update of a subscription refuses every code with a minimum amount, as the guide says, or judges it. */
  minimumOnUpdate: 'refused' | 'judged';
}

export const DEFAULT_STRIPE_SWITCHES: StripeSwitches = {
  useEvents: 'omitted',
  customersAndSubscriptions: 'any',
  minimumOnUpdate: 'refused',
};
