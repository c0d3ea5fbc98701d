import { Field, ID, InputType, Int } from 'type-graphql';
import { DateTimeScalar } from '../scalars/date-time.js';

@InputType('CreateGifticonCampaignInput', { description: 'A campaign to open.' })
export class CreateGifticonCampaignInput {
  @Field(() => ID, {
    nullable: true,
    description: 'A UUID that the client made: sent again, it names the same campaign.',
  })
  commandId?: string | null;

  @Field(() => String, { description: 'One line of 1 to 200 characters; spaces around it are dropped.' })
  title!: string;

  @Field(() => Int, {
    description:
      'How many codes to generate: 0 to 10,000,000. Ready-made codes are loaded with the ' +
      'command-line tool and come on top; 0 for a campaign of nothing else.',
  })
  stock!: number;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The time at which the campaign opens; at once where it is left out.',
  })
  opensAt?: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The time at which the campaign closes; where it is left out, the campaign ends when it is sold out.',
  })
  closesAt?: Date | null;
}
