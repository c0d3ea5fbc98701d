import { Kind } from 'graphql';
import type { DocumentNode, FragmentDefinitionNode, OperationDefinitionNode, SelectionSetNode } from 'graphql';

/** The selections in one place of an answer, by response name. */
interface Place {
  count: number;
  readonly below: Map<string, Place>;
}

const SPREAD = '...';

/**
 * Whether validation would compare more pairs of fields than `limit` in one operation: the rule on overlapping fields
 * compares all fields under one response name in one place with one another. Takes time in proportion to the document.
 * Fields of two operations never meet. Those of fragments may meet each other, and any place of the operation, since
 * the places of the spreads are not examined.
 */
export function tooManyPairs({ definitions }: DocumentNode, limit: number): boolean {
  const inFragments = new Map<string, number>();
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const operations = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  for (const fragment of fragments)
    eachPlace(fragment, ([name, count]) => inFragments.set(name, (inFragments.get(name) ?? 0) + count));
  let amongFragments = 0;
  for (const count of inFragments.values()) amongFragments += pairs(count);
  if (amongFragments > limit) return true;
  return operations.some((operation) => {
    let found = amongFragments;
    eachPlace(operation, ([name, count]) => (found += pairs(count) + count * (inFragments.get(name) ?? 0)));
    return found > limit;
  });
}

const pairs = (count: number): number => (count * (count - 1)) / 2;

function eachPlace(
  { selectionSet }: OperationDefinitionNode | FragmentDefinitionNode,
  visit: (named: readonly [string, number]) => void,
): void {
  const descend = ({ below }: Place): void => {
    for (const [name, place] of below) {
      visit([name, place.count]);
      descend(place);
    }
  };
  descend(gather(selectionSet, { count: 0, below: new Map() }));
}

/** Recursive like the parser: the limit on tokens bounds the levels. */
function gather({ selections }: SelectionSetNode, place: Place): Place {
  for (const selection of selections) {
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      gather(selection.selectionSet, place);
      continue;
    }
    const name = selection.kind === Kind.FIELD ? (selection.alias ?? selection.name).value : SPREAD;
    const own = place.below.get(name) ?? { count: 0, below: new Map<string, Place>() };
    own.count++;
    place.below.set(name, own);
    if (selection.kind === Kind.FIELD && selection.selectionSet) gather(selection.selectionSet, own);
  }
  return place;
}
