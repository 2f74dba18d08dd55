import type { CodegenConfig } from '@graphql-codegen/cli';

/** How a frontend would generate its types; here from the schema that is checked in. */
const config: CodegenConfig = {
  schema: '../../schema.graphql',
  documents: ['checkout.ts'],
  generates: {
    './generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false, persistedDocuments: true },
      config: {
        // Every scalar has to be named: none is `any`.
        strictScalars: true,
        scalars: {
          DateTime: 'string',
          Decimal: 'string',
          SafeInt: 'number',
          CurrencyCode: 'string',
          JSONObject: '{ [key: string]: unknown }',
          _Any: '{ __typename: string }',
          federation__FieldSet: 'string',
          link__Import: 'string',
        },
        useTypeImports: true,
        importExtension: '.ts',
        enumsAsTypes: true,
      },
    },
  },
};

export default config;
