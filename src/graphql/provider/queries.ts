import { builder } from '../builder.ts';
import { OPERATOR } from '../federation/directives.ts';
import { ProviderInfo } from './type.ts';

builder.queryField('providers', (t) =>
  t.field({
    directives: { tag: OPERATOR },
    type: [ProviderInfo],
    nullable: true,
    description: 'The providers that are switched on.',
    resolve: (_, _arguments, { gateway, caching }) => {
      caching.changesAnyTime();
      return [...gateway.accounts.names()];
    },
  }),
);
