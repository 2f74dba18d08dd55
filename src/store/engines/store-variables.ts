import { z } from 'zod';
import { DEFAULT_SERVER_OPTIONS, readStoreUrl } from './address.ts';
import { isServerUrl, serverUrl } from './postgres/server-url.ts';
import { DEFAULT_STORE_FILE } from './sqlite/store-file.ts';

const { poolSize, waitSeconds } = DEFAULT_SERVER_OPTIONS;

/** A transaction can wait for a connection that only reads need. */
const SMALLEST_POOL = 2;

/** The environment variables that say where the store is. */
export const storeVariables = {
  DATABASE_URL: z
    .string()
    .default(DEFAULT_STORE_FILE)
    .transform((url, context) => {
      const read = readStoreUrl(url);
      if (!('fault' in read)) return read;
      context.addIssue({ code: 'custom', message: read.fault });
      return z.NEVER;
    }),
  DATABASE_DIRECT_URL: z
    .string()
    .transform((url, context) => {
      const read = isServerUrl(url) ? serverUrl(url) : { fault: 'must begin with postgres:// or postgresql://' };
      if ('url' in read) return read.url;
      context.addIssue({ code: 'custom', message: read.fault });
      return z.NEVER;
    })
    .optional(),
  DATABASE_POOL_SIZE: z.coerce
    .number({ error: 'must be a number of connections' })
    .int('must be whole')
    .min(SMALLEST_POOL, `must be at least ${SMALLEST_POOL}`)
    .default(poolSize),
  DATABASE_WAIT_SECONDS: z.coerce
    .number({ error: 'must be a number of seconds' })
    .min(0, 'must not be negative')
    .default(waitSeconds),
};

/** Why DATABASE_DIRECT_URL makes no sense with a file. */
export const DIRECT_URL_FAULT = 'needs a DATABASE_URL that begins with postgres:// or postgresql://';
