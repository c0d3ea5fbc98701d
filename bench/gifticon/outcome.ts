import type { Deployment } from '../support/deployment.js';
import type { Press, Pressed } from './presses.js';

/** The outcomes of a rush, counted from the event store. All but `issued` should be 0, and `inOrder` true. */
export interface Outcome {
  readonly errors: number;
  readonly issued: number;
  readonly usersWithTwo: number;
  readonly acceptedWithoutOutcome: number;
  /** Whether the numbers rise with the places in the queue. */
  readonly inOrder: boolean;
}

const ISSUED = `
  SELECT e.data ->> 'userId' AS "userId", (e.data ->> 'nth')::integer AS nth, r.command_offset AS "offset"
  FROM events e JOIN receipts r ON r.command_id = e.command_id
  WHERE e.type = 'GifticonIssued' AND e.key = $1 ORDER BY nth`;

const WITHOUT_OUTCOME = `
  SELECT count(*)::integer AS count FROM unnest($1::uuid[]) AS asked (id)
    WHERE NOT EXISTS (SELECT FROM receipts r WHERE r.command_id = asked.id)`;

const accepted = (presses: readonly Press[], answers: readonly Pressed[]): readonly string[] =>
  answers.filter(({ answer }) => answer === 'QUEUED').map(({ index }) => presses[index]!.commandId);

export async function undecided(
  { pool }: Deployment,
  presses: readonly Press[],
  answers: readonly Pressed[],
): Promise<number> {
  return (await pool.query<{ count: number }>(WITHOUT_OUTCOME, [accepted(presses, answers)])).rows[0]!.count;
}

export async function outcomeOf(
  deployment: Deployment,
  campaignId: string,
  presses: readonly Press[],
  answers: readonly Pressed[],
): Promise<Outcome> {
  const { rows } = await deployment.pool.query<{ userId: string; nth: number; offset: number }>(ISSUED, [campaignId]);
  return {
    errors: answers.filter(({ answer }) => answer === 'ERROR').length,
    issued: rows.length,
    usersWithTwo: rows.length - new Set(rows.map(({ userId }) => userId)).size,
    acceptedWithoutOutcome: await undecided(deployment, presses, answers),
    inOrder: rows.every(
      ({ nth, offset }, index) => nth === index + 1 && (index === 0 || offset > rows[index - 1]!.offset),
    ),
  };
}
