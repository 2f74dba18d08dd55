export { chatdash } from './chatdash.ts';
export { duro } from './duro.ts';
export { flexprice } from './flexprice.ts';
