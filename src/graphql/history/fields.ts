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
  description: 'What a caller did to a promotion through the gateway.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When the change was recorded.' }),
    kind: t.expose('kind', { type: KindEnum, description: 'What was done.' }),
    caller: t.exposeString('caller', { description: 'The caller: whose key or token was used.' }),
    requestId: t.exposeString('requestId', {
      nullable: true,
      description:
        'The `X-Request-Id` of the answer, by which the log has the operation. Null: its answer was lost, and the gateway finished it later.',
    }),
    fields: t.expose('fields', { type: [FieldType], description: 'The fields that were changed.' }),
  }),
});

builder.interfaceField(Redeemable, 'history', (t) =>
  t.field({
    type: [ChangeType],
    directives: { listSize: HISTORY_SIZE, tag: PERSONAL },
    description:
      'The latest changes that were made through this gateway, newest first, at most 50. Changes at the provider are not in it.',
    resolve: ({ id }, _, { load }) => load.history.load(id),
  }),
);
