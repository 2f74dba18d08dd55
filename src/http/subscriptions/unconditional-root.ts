import { type ASTVisitor, GraphQLError, Kind, type SelectionSetNode, type ValidationContext } from 'graphql';

/** Rejects a subscription whose root field has @skip or @include, as newer versions of the GraphQL specification do. */
export function unconditionalRoot(context: ValidationContext): ASTVisitor {
  const check = ({ selections }: SelectionSetNode, seen: Set<string>): void => {
    for (const selection of selections) {
      const nodes = selection.directives?.filter(({ name }) => name.value === 'skip' || name.value === 'include') ?? [];
      if (nodes.length > 0) {
        context.reportError(new GraphQLError('The field of a subscription cannot have @skip or @include', { nodes }));
        return;
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) check(selection.selectionSet, seen);
      if (selection.kind !== Kind.FRAGMENT_SPREAD || seen.has(selection.name.value)) continue;
      seen.add(selection.name.value);
      const fragment = context.getFragment(selection.name.value);
      if (fragment) check(fragment.selectionSet, seen);
    }
  };
  return {
    OperationDefinition({ operation, selectionSet }) {
      if (operation === 'subscription') check(selectionSet, new Set());
    },
  };
}
