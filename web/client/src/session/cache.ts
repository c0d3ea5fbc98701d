import { InMemoryCache } from '@apollo/client';
import type { Reference } from '@apollo/client';

interface Page {
  readonly __typename?: string;
  readonly nodes: readonly Reference[];
  readonly pageInfo: { readonly hasPreviousPage: boolean; readonly startCursor: string | null };
}

/** How many messages a room keeps when it has too many; older ones are fetched again. */
const KEPT_MESSAGES = 300;

/**
 * Pages of a room's messages are one list by number, without gaps: a page that does not touch the list takes its place.
 */
export function mergePages(before: Page | undefined, page: Page, seqOf: (message: Reference) => number): Page {
  const [first] = page.nodes;
  const last = page.nodes.at(-1);
  if (!before || before.nodes.length === 0 || !first || !last) return page;
  const oldest = seqOf(before.nodes[0]!);
  const newest = seqOf(before.nodes.at(-1)!);
  if (seqOf(first) > newest + 1 || seqOf(last) < oldest - 1) return page;
  const nodes = [
    ...before.nodes.filter((message) => seqOf(message) < seqOf(first)),
    ...page.nodes,
    ...before.nodes.filter((message) => seqOf(message) > seqOf(last)),
  ];
  return { ...before, nodes, pageInfo: seqOf(first) < oldest ? page.pageInfo : before.pageInfo };
}

/** New messages behind a list. One of more than `most` loses its oldest, and with them the place to go on from. */
export function appendMessages(
  before: Page | undefined,
  messages: readonly { readonly ref: Reference; readonly seq: number }[],
  seqOf: (message: Reference) => number,
  most: number,
): Page | undefined {
  if (!before) return before;
  let newest = before.nodes.length === 0 ? 0 : seqOf(before.nodes.at(-1)!);
  const added = messages.filter(({ seq }) => seq > newest && ((newest = seq), true)).map(({ ref }) => ref);
  if (added.length === 0) return before;
  const nodes = [...before.nodes, ...added];
  if (nodes.length <= most) return { ...before, nodes };
  return {
    ...before,
    nodes: nodes.slice(-KEPT_MESSAGES),
    pageInfo: { ...before.pageInfo, hasPreviousPage: true, startCursor: null },
  };
}

export const createCache = (): InMemoryCache =>
  new InMemoryCache({
    typePolicies: {
      Query: { fields: { rooms: { keyArgs: ['mine', 'after'] }, room: { keyArgs: ['id'] } } },
      Room: {
        fields: {
          messages: {
            keyArgs: false,
            merge: (before: Page | undefined, page: Page, { readField }) =>
              mergePages(before, page, (message) => readField<number>('seq', message) ?? 0),
          },
          members: { keyArgs: ['after'] },
        },
      },
      // What is inside a message comes and goes as a whole.
      Message: { fields: { reactions: { merge: false } } },
    },
  });
