export { chatdash } from './chatdash/adapter.ts';
export { duro } from './duro/adapter.ts';
export { flexprice } from './flexprice/adapter.ts';
