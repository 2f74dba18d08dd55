const { ANSWER_CACHE_BYTES } = process.env;

/** The size of the memory for answers, if the run of the tests sets one: with 0, every operation is executed. */
export const ANSWER_MEMORY: Record<string, string> = ANSWER_CACHE_BYTES === undefined ? {} : { ANSWER_CACHE_BYTES };
