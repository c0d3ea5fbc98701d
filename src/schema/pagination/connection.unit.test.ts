import { connection } from './connection.js';

const around = { hasPreviousPage: true, hasNextPage: false };

test('a page has its nodes, and the cursors of its ends', () => {
  const edges = ['a', 'b', 'c'].map((node) => ({ cursor: `cursor of ${node}`, node }));
  expect(connection(edges, around)).toEqual({
    edges,
    nodes: ['a', 'b', 'c'],
    pageInfo: { ...around, startCursor: 'cursor of a', endCursor: 'cursor of c' },
  });
});

test('an empty page has no cursors', () => {
  expect(connection([], around)).toEqual({
    edges: [],
    nodes: [],
    pageInfo: { ...around, startCursor: null, endCursor: null },
  });
});
