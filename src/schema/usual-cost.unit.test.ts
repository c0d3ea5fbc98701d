import { parse } from 'graphql';
import { DEFAULT_CONNECTION_LIMITS } from '../server/connections/connection-limits.js';
import { costWithin } from '../server/limits/cost.js';
import { DEFAULT_LIMITS } from '../server/limits/limits.js';
import { buildApiSchema } from './build-schema.js';

const schema = buildApiSchema();
const costOf = (text: string): number => {
  const cost = costWithin({ schema, document: parse(text), variables: { id: 'room' } }, DEFAULT_LIMITS.cost);
  if (typeof cost !== 'number') throw cost;
  return cost;
};

const ROOM = `query ($id: ID!) { room(id: $id) { id title createdAt memberCount unreadCount
  members(first: 50) { nodes { id handle name } } messages(last: 50) { nodes { id seq body author { id handle name }
    reactions { emoji count mine } } } } }`;
const EVENTS =
  'subscription ($id: ID!) { roomEvents(roomId: $id) { position ... on MessagePosted { message ' +
  '{ id seq body author { id handle name } } } } }';

test('a client with ten rooms and 100 resumed subscriptions is far from the limit', () => {
  const usual = 10 * costOf(ROOM) + 100 * costOf(EVENTS);
  expect(usual).toBeLessThan(DEFAULT_CONNECTION_LIMITS.costBurst / 2);
});
