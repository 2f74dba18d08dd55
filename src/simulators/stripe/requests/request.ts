import type { StripeRefuse } from '../errors.ts';
import type { StripeAccount } from '../stripe-accounts.ts';
import type { StripeSwitches } from '../switches.ts';
import { type Expansion, readExpansion } from './expansion.ts';
import type { FormFields } from './form.ts';
import { type KnownParameters, refuseUnknown } from './known-parameters.ts';
import { type Parameters, stripeParameters } from './stripe-parameters.ts';
import type { StripeVersion } from './stripe-version.ts';

/** A call with a known key, on one account. */
export interface StripeRequest {
  id: string;
  account: StripeAccount;
  version: StripeVersion;
  /** Milliseconds. */
  now: number;
  isLive: boolean;
  /** The query of a GET or DELETE, otherwise the body. */
  form: FormFields;
  switches: StripeSwitches;
  refuse: StripeRefuse;
}

/**
 * The parameters of a request, and what its answer shows whole.
 * @throws {Refusal} for an unknown parameter, or a property that cannot be expanded
 */
export function readRequest(
  { form, refuse }: StripeRequest,
  known: KnownParameters,
  expandable: Expansion,
): { parameters: Parameters; expansion: Expansion } {
  refuseUnknown(form, known, refuse);
  const parameters = stripeParameters(form, refuse);
  return { parameters, expansion: readExpansion(parameters, expandable, refuse) };
}
