// The registry: one line for each provider.
export { chatdash } from './chatdash/index.ts';
export { duro } from './duro/index.ts';
export { flexprice } from './flexprice/index.ts';
export { stripe } from './stripe/index.ts';
