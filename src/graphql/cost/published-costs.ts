import { getDocumentNodeFromSchema } from '@graphql-tools/utils';
import {
  type ConstDirectiveNode,
  type GraphQLSchema,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  valueFromASTUntyped,
  visit,
} from 'graphql';
import { z } from 'zod';

/** The cost of a field, as the schema publishes it by @cost and @listSize. */
export interface FieldCost {
  cost?: number;
  listSize?: { assumedSize: number; slicingArguments: string[]; sizedFields: string[] };
}

/** By "Type.field". */
export type PublishedCosts = ReadonlyMap<string, FieldCost>;

const cost = z.object({ weight: z.number() });
const listSize = z.object({
  assumedSize: z.number(),
  slicingArguments: z.array(z.string()),
  sizedFields: z.array(z.string()),
});

/** Reads the costs from the directives of the schema, so that the gateway enforces what routers read. */
export function publishedCosts(schema: GraphQLSchema): PublishedCosts {
  const costs = new Map<string, FieldCost>();
  const collect = ({ name, fields = [] }: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode) => {
    for (const field of fields) {
      const [weight, size] = ['cost', 'listSize'].map((of) => field.directives?.find((one) => one.name.value === of));
      if (!weight && !size) continue;
      costs.set(`${name.value}.${field.name.value}`, {
        ...(weight && { cost: cost.parse(argumentsOf(weight)).weight }),
        ...(size && { listSize: listSize.parse(argumentsOf(size)) }),
      });
    }
  };
  visit(getDocumentNodeFromSchema(schema), { ObjectTypeDefinition: collect, InterfaceTypeDefinition: collect });
  return costs;
}

function argumentsOf({ arguments: given = [] }: ConstDirectiveNode): Record<string, unknown> {
  return Object.fromEntries(given.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));
}
