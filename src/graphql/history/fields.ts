import type { ChangedField, ChangeKind, RecordedChange } from '../../domain/promotion/recorded-change.ts';
import { builder } from '../builder.ts';
import { HISTORY_SIZE, PERSONAL } from '../federation/directives.ts';
import { Redeemable } from '../promotion/type.ts';

const KindEnum = builder.enumType('PromotionChangeKind', {
  description: 'What was done to a promotion.',
  values: {
    CREATED: { description: 'It was created.' },
    UPDATED: { description: 'It was changed.' },
    ARCHIVED: { description: 'It was archived.' },
    CHANGED_AT_PROVIDER: { description: 'It was changed at its provider, and not through this gateway.' },
  } as const satisfies Record<ChangeKind, { description: string }>,
});

const FieldType = builder.objectRef<ChangedField>('PromotionChangedField').implement({
  directives: { tag: PERSONAL },
  description: 'A field that was changed.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'The name of the field: "expiresAt".' }),
    before: t.exposeString('before', { nullable: true, description: 'Its value before, as JSON. Null: none.' }),
    after: t.exposeString('after', { nullable: true, description: 'Its value since, as JSON. Null: none.' }),
  }),
});

const ChangeType = builder.objectRef<RecordedChange>('PromotionChange').implement({
  directives: { tag: PERSONAL },
  description: 'What was done to a promotion: by a caller of the gateway, or at its provider.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When the gateway made or noticed the change.' }),
    kind: t.expose('kind', { type: KindEnum, description: 'What was done.' }),
    caller: t.exposeString('caller', {
      description:
        'The caller: whose key or token was used. Of `CHANGED_AT_PROVIDER`, the name of the provider: it does not say who.',
    }),
    requestId: t.exposeString('requestId', {
      nullable: true,
      description:
        'The `X-Request-Id` of the answer, by which the log has the operation. Null: the gateway knows the change from a read, because it was made at the provider, or because the answer to the write was lost.',
    }),
    fields: t.expose('fields', { type: [FieldType], description: 'The fields that were changed.' }),
  }),
});

builder.interfaceField(Redeemable, 'history', (t) =>
  t.field({
    type: [ChangeType],
    directives: { listSize: HISTORY_SIZE, tag: PERSONAL },
    description:
      'The latest changes, newest first, at most 50. A change at the provider is in it when the gateway has noticed it: with the next read, synchronisation or webhook. Uses are no changes. The customer of a promo code is left out: it is personal, and no change sets it.',
    resolve: ({ id }, _, { load }) => load.history.load(id),
  }),
);
