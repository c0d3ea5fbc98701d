import type { GraphQLInterfaceType } from 'graphql';
import { schema } from '../../../test/support/ask-schema.js';
import { EVENTS } from '../../events/definitions.js';

/** Notices are in no log, and so in no table of events. */
const NOTICES = ['RoomHeatChanged', 'MembersChanged', 'ReactionsChanged', 'OccupancyChanged'];

test('each event that subscribers see is a type of the schema, and no other is', () => {
  const shown = Object.entries(EVENTS).flatMap(([type, { audience }]) => (audience === 'subscribers' ? [type] : []));
  const types = schema.getPossibleTypes(schema.getType('RoomEvent') as GraphQLInterfaceType).map(({ name }) => name);
  expect(types.toSorted()).toEqual([...shown, ...NOTICES].toSorted());
});
