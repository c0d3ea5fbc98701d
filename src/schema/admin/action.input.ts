import { Field, ID, InputType, Int } from 'type-graphql';
import { HeatState } from '../hot-room/heat.type.js';
import type { HeatStateValue } from '../hot-room/heat.type.js';

const COMMAND_ID = 'A UUID that the client made: sent again, the action is done once, and answered as it stands.';
const DRY_RUN = 'Only says what it would do, with counts: nothing is done, and nothing is recorded.';
const EXPECTED = 'How many letters it has to touch, as a dry run said: refused where that has changed.';

@InputType('AdminReadModelInput', { description: 'An action on a read model.' })
export class AdminReadModelInput {
  @Field(() => ID, { nullable: true, description: COMMAND_ID })
  commandId?: string | null;

  @Field(() => String, { description: 'The name of the read model.' })
  name!: string;

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: DRY_RUN })
  dryRun?: boolean | null;
}

@InputType('AdminDeadLettersInput', { description: 'An action on dead letters that wait: by number, or by source.' })
export class AdminDeadLettersInput {
  @Field(() => ID, { nullable: true, description: COMMAND_ID })
  commandId?: string | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'Their numbers, at most 1,000. Those that do not wait are left out.',
  })
  ids?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'In place of `ids`: the oldest 1,000 of this queue or read model, such as `projection:timeline`.',
  })
  source?: string | null;

  @Field(() => Int, { nullable: true, description: EXPECTED })
  expected?: number | null;

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: DRY_RUN })
  dryRun?: boolean | null;
}

@InputType('AdminSetRoomHeatInput', { description: 'An override of the heat of a room.' })
export class AdminSetRoomHeatInput {
  @Field(() => ID, { nullable: true, description: COMMAND_ID })
  commandId?: string | null;

  @Field(() => ID, { description: 'The room.' })
  roomId!: string;

  @Field(() => HeatState, { description: 'HOT: whatever the counts are. NORMAL: keeps it from being hot.' })
  state!: HeatStateValue;

  @Field(() => Int, { description: 'For how long: 1 to 604,800 seconds.' })
  seconds!: number;
}

@InputType('AdminRoomInput', { description: 'A room.' })
export class AdminRoomInput {
  @Field(() => ID, { nullable: true, description: COMMAND_ID })
  commandId?: string | null;

  @Field(() => ID, { description: 'The room.' })
  roomId!: string;
}

@InputType('AdminCampaignInput', { description: 'A campaign.' })
export class AdminCampaignInput {
  @Field(() => ID, { nullable: true, description: COMMAND_ID })
  commandId?: string | null;

  @Field(() => ID, { description: 'The campaign.' })
  campaignId!: string;
}

@InputType('AdminLoadGifticonCodesInput', { description: 'Ready-made codes for a campaign.' })
export class AdminLoadGifticonCodesInput {
  @Field(() => ID, { nullable: true, description: COMMAND_ID })
  commandId?: string | null;

  @Field(() => ID, { description: 'The campaign.' })
  campaignId!: string;

  @Field(() => [String], {
    description:
      '1 to 1,000 codes of 4 to 128 printable characters, no two alike: all of them are added to the stock, or none. ' +
      'The command-line tool loads files of any size.',
  })
  codes!: string[];
}
