import { ObjectType } from 'type-graphql';
import { CommandPayload } from '../command/command.type.js';

@ObjectType('JoinRoomPayload', {
  implements: CommandPayload,
  simpleResolvers: true,
  description: 'The answer to `joinRoom`.',
})
export class JoinRoomPayload extends CommandPayload {}

@ObjectType('LeaveRoomPayload', {
  implements: CommandPayload,
  simpleResolvers: true,
  description: 'The answer to `leaveRoom`.',
})
export class LeaveRoomPayload extends CommandPayload {}

@ObjectType('MarkReadPayload', {
  implements: CommandPayload,
  simpleResolvers: true,
  description: 'The answer to `markRead`.',
})
export class MarkReadPayload extends CommandPayload {}
