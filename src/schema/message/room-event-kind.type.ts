import { registerEnumType } from 'type-graphql';

export const RoomEventKind = {
  MESSAGES: 'MESSAGES',
  REACTIONS: 'REACTIONS',
  MEMBERS: 'MEMBERS',
  ROOM: 'ROOM',
  HEAT: 'HEAT',
  TYPING: 'TYPING',
  OCCUPANCY: 'OCCUPANCY',
} as const;
export type RoomEventKindValue = keyof typeof RoomEventKind;

registerEnumType(RoomEventKind, {
  name: 'RoomEventKind',
  description:
    "Kinds of events of a room. `MemberErased` and the caller's own `MemberLeft` come with any of them, and with none.",
  valuesConfig: {
    MESSAGES: { description: 'Messages that are posted.' },
    REACTIONS: { description: 'Reactions to messages.' },
    MEMBERS: { description: 'Members who join and leave.' },
    ROOM: { description: 'Changes of the room itself. No event of this kind exists yet.' },
    HEAT: { description: '`RoomHeatChanged`.' },
    TYPING: { description: 'Who is typing. No event of this kind exists yet.' },
    OCCUPANCY: { description: '`OccupancyChanged`. Only where it is asked for.' },
  },
});
