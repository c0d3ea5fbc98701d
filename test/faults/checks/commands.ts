import type { CommandId } from '../../../src/engine/domain/ids.js';
import type { LoadContext } from '../load/client.js';
import { inLanes, askUntilAnswered, pick, rest } from '../load/client.js';
import { sendOnce } from '../load/commands.js';
import type { SentCommand, ObservedReceipt } from '../load/history.js';
import { mayBeLost } from '../load/history.js';
import type { Check } from './check.js';
import { openCheck } from './check.js';
import type { StoredLog } from './log.js';

/** Rejections of a healthy program under this load: two users may react alike, or one twice. */
const EXPECTED_REJECTIONS: ReadonlySet<string> = new Set([
  'ALREADY_REACTED',
  'REACTION_NOT_FOUND',
  'TOO_MANY_REACTIONS',
  'TOO_MANY_EMOJIS',
]);

/** A command may depend on something lost: a message, a joining, or a leaving. */
const AFTER_LOSS: ReadonlySet<string> = new Set([
  'ALREADY_A_MEMBER',
  'MESSAGE_NOT_FOUND',
  'NOT_A_MEMBER',
  'SEQ_OUT_OF_RANGE',
]);

/** The number of commands that are sent once more at the end; the others are compared with the stored receipts. */
const ASKED_AGAIN = 1_500;
const LANES = 16;

/**
 * @param isKept whether commands survive where PostgreSQL loses its last commits. Promises 1 and 2. Asks for receipts
 * again, so it needs running servers.
 */
export async function checkCommands(context: LoadContext, log: StoredLog, isKept: boolean): Promise<readonly Check[]> {
  const { history } = context;
  const commands = [...history.commands.values()];
  /** Kafka keeps commands whose outcomes PostgreSQL has lost: they are decided again, perhaps with another outcome. */
  const sureOf = ({ answers }: SentCommand): readonly ObservedReceipt[] =>
    answers.filter((answer) => !mayBeLost(history, answer));
  const [outcomes, once] = [
    openCheck('1. an acknowledged command has an outcome'),
    openCheck('2. one commandId, one effect, one receipt'),
  ];
  const effects = new Map<string, number>();
  for (const { commandId } of log.events.flat()) effects.set(commandId, (effects.get(commandId) ?? 0) + 1);
  let answers = 0;
  for (const command of commands) {
    const { commandId, mutation, answers: all } = command;
    const observed = sureOf(command);
    answers += all.length;
    const receipt = log.receipts.get(commandId as CommandId);
    outcomes.expectThat(
      receipt !== undefined || (isKept ? all : observed).length === 0,
      () => `${mutation} ${commandId} was answered ${JSON.stringify(observed)} and has no receipt`,
    );
    outcomes.expectThat(
      all.some(({ status }) => status !== 'ACCEPTED'),
      () => `${mutation} ${commandId} was told of no outcome: ${JSON.stringify(all)}`,
    );
    if (!receipt) continue;
    once.expectThat(
      (effects.get(commandId) ?? 0) === receipt.events,
      () => `${commandId} has ${effects.get(commandId) ?? 0} events, and its receipt tells of ${receipt.events}`,
    );
    const code = receipt.rejection?.code ?? null;
    outcomes.expectThat(
      code === null || EXPECTED_REJECTIONS.has(code) || (history.losses.length > 0 && AFTER_LOSS.has(code)),
      () => `${mutation} ${commandId} was rejected with ${code}`,
    );
    for (const each of observed.filter(({ status }) => status !== 'ACCEPTED')) {
      once.expectThat(
        each.code === code && (each.status === 'REJECTED') === (code !== null),
        () => `${commandId} was told ${JSON.stringify(each)}, and its receipt says ${code ?? 'SUCCEEDED'}`,
      );
    }
    const finals = new Set(
      observed
        .filter(({ status }) => status !== 'ACCEPTED')
        .map(({ status, position, seq }) => JSON.stringify([status, position, seq])),
    );
    once.expectThat(finals.size <= 1, () => `${commandId} was told different things: ${[...finals].join(' and ')}`);
  }
  const asked = await askAgain(context, commands, sureOf, (holds, otherwise) => once.expectThat(holds, otherwise));
  return [
    outcomes.end(`${commands.length} commands with ${answers} answers`),
    once.end(`${commands.length} commands against receipts and events; ${asked} were sent and asked for once more`),
  ];
}

async function askAgain(
  context: LoadContext,
  commands: readonly SentCommand[],
  sureOf: (command: SentCommand) => readonly ObservedReceipt[],
  expectThat: (holds: boolean, otherwise: () => string) => void,
): Promise<number> {
  const every = Math.max(1, commands.length / ASKED_AGAIN);
  const chosen = Array.from(
    { length: Math.min(commands.length, ASKED_AGAIN) },
    (_, index) => commands[Math.floor(index * every)]!,
  );
  await inLanes(chosen, LANES, async (command) => {
    const before = sureOf(command).find(({ status }) => status !== 'ACCEPTED');
    if (!before) return;
    let again: ObservedReceipt | null = null;
    for (; again === null || again.status === 'ACCEPTED'; await rest(context.random, 50, 250))
      again = await sendOnce(context, command, pick(context.apis(), context.random));
    expectThat(
      JSON.stringify(again) === JSON.stringify(before),
      () => `${command.commandId} was told ${JSON.stringify(before)}, and at the end ${JSON.stringify(again)}`,
    );
    const data = await askUntilAnswered<{ command: { status: string; position: string | null } | null }>(
      context,
      command.user,
      'query ($id: ID!) { command(id: $id) { status position } }',
      { id: command.commandId },
      'asking for a receipt',
    );
    expectThat(
      data?.command?.status === before.status && data.command.position === before.position,
      () => `${command.commandId} was told ${JSON.stringify(before)}, and command(id) says ${JSON.stringify(data)}`,
    );
  });
  return chosen.length;
}
