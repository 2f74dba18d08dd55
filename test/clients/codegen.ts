import type { CodegenConfig } from '@graphql-codegen/cli';
import { addTypenameSelectionDocumentTransform } from '@graphql-codegen/client-preset';

const SCALARS = {
  DateTime: 'string',
  Decimal: 'string',
  SafeInt: 'number',
  CurrencyCode: 'string',
  JSONObject: '{ [key: string]: unknown }',
  _Any: '{ __typename: string }',
  federation__FieldSet: 'string',
  link__Import: 'string',
};

/** How a frontend would generate its types; here from the schema that is checked in. */
const config: CodegenConfig = {
  schema: '../../schema.graphql',
  documents: ['checkout.ts', 'checkout-page.ts'],
  generates: {
    './generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false, persistedDocuments: true },
      // A normalising cache needs every type, and cannot add one to an operation that is sent by its hash.
      documentTransforms: [addTypenameSelectionDocumentTransform],
      config: {
        // Every scalar has to be named: none is `any`.
        strictScalars: true,
        scalars: SCALARS,
        useTypeImports: true,
        importExtension: '.ts',
        enumsAsTypes: true,
      },
    },
    // Which types an interface or a union has. Without it, Apollo Client drops what is selected on `PromotionError`.
    './generated/possible-types.ts': { plugins: ['fragment-matcher'], config: { useExplicitTyping: true } },
  },
};

export default config;
