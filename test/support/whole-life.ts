import type pg from 'pg';
import { runCli } from './cli.js';
import { until } from './conditions.js';
import { createCampaign, press, requestOf } from './gifticons.js';
import type { WireUser } from './wire.js';
import { command, commanded, secondsFromNow, signInOnWire } from './wire.js';

export interface WholeLife {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  readonly pool: pg.Pool;
  readonly admin: WireUser;
  /** Makes handles differ from those of another run. */
  readonly run: string;
}

const PAGE =
  '{ nodes { seq body author { handle } reactions { emoji count mine } } pageInfo { endCursor startCursor } }';

/** Some of each activity of a deployment: users send, read and delete, and operators work. */
export async function liveThrough({ url, env, pool, admin, run }: WholeLife): Promise<void> {
  const [mina, jun] = [await signInOnWire(url, `mina${run}`), await signInOnWire(url, `jun${run}`)];
  const cli = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCli(env, ...args);
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stdout} ${stderr}`);
    return stdout;
  };
  const read = async (user: WireUser, query: string, variables: Record<string, unknown> = {}): Promise<string> => {
    const { errors, text } = await user.ask(query, variables);
    if (errors.length > 0) throw new Error(`${query} was answered ${text}`);
    return text;
  };

  const roomId = (await commanded(mina, 'createRoom', { title: 'x' }, 'PROJECTED')).room!.id;
  await commanded(jun, 'joinRoom', { roomId }, 'PROJECTED');
  const { message, receipt } = await commanded(mina, 'sendMessage', { roomId, body: 'first' }, 'PROJECTED');
  const again = await command(mina, 'sendMessage', { roomId, body: 'first', commandId: receipt.commandId });
  expect(again.result?.receipt.status).toBe('SUCCEEDED');
  for (let n = 0; n < 5; n++) await commanded(jun, 'sendMessage', { roomId, body: `message ${n}` });
  for (const user of [mina, jun])
    await commanded(user, 'addReaction', { roomId, messageId: message!.id, emoji: '👍' }, 'PROJECTED');
  await commanded(jun, 'removeReaction', { roomId, messageId: message!.id, emoji: '👍' }, 'PROJECTED');
  await commanded(jun, 'markRead', { roomId, seq: 2 }, 'PROJECTED');

  const readAll = async (): Promise<void> => {
    await read(
      mina,
      '{ me { id handle } rooms(first: 10, mine: true) { nodes { id title unreadCount lastMessage ' +
        '{ body reactions { count mine } } } } }',
    );
    await read(
      mina,
      '{ rooms(first: 10) { nodes { id title memberCount lastMessage { body } } pageInfo { endCursor } } }',
    );
    await read(
      mina,
      'query ($id: ID!) { room(id: $id) { id title members(first: 10) { nodes { handle } } first: ' +
        `messages(first: 3) ${PAGE} last: messages(last: 3) ${PAGE} } }`,
      { id: roomId },
    );
    await read(mina, 'query ($id: ID!, $at: Position!) { room(id: $id, atLeast: $at) { lastMessage { body } } }', {
      id: roomId,
      at: receipt.position,
    });
    await read(mina, 'query ($id: ID!) { command(id: $id) { status position } }', { id: receipt.commandId });
    const asked = await read(mina, `query ($id: ID!) { room(id: $id) { messages(last: 2) ${PAGE} } }`, { id: roomId });
    const { startCursor, endCursor } = (
      JSON.parse(asked) as { data: { room: { messages: { pageInfo: Record<string, string> } } } }
    ).data.room.messages.pageInfo;
    await read(
      mina,
      `query ($id: ID!, $from: String!) { room(id: $id) { messages(last: 2, before: $from) ${PAGE} } }`,
      { id: roomId, from: startCursor },
    );
    await read(
      mina,
      `query ($id: ID!, $from: String!) { room(id: $id) { messages(first: 2, after: $from) ${PAGE} } }`,
      { id: roomId, from: endCursor },
    );
  };
  await readAll();

  const campaign = await createCampaign(admin, {
    stock: 1,
    opensAt: new Date((secondsFromNow(0) - 60) * 1_000).toISOString(),
  });
  const { request } = await press(jun, campaign.id);
  await until(async () => (await requestOf(jun, request.id))?.status === 'ISSUED', 'the gifticon is issued');
  await cli('campaign', 'status');

  for (const what of ['list', 'status']) await cli('projections', what);
  await cli('projections', 'rebuild', 'timeline', '--yes');
  await cli('projections', 'verify', 'timeline');
  await cli('dead', 'list');
  const { rows } = await pool.query<{ id: number }>(
    'INSERT INTO dead_letters (source, partition, place, key, reason, payload) ' +
      `VALUES ('projection:timeline', 0, 1, $1, 'x', '{}') RETURNING id`,
    [roomId],
  );
  await cli('dead', 'show', String(rows[0]!.id));
  await pool.query('DELETE FROM dead_letters WHERE id = $1', [rows[0]!.id]);
  await cli('events', 'tail', '--from', 'start', '--no-follow');
  await cli('events', 'tail', '--room', roomId, '--from', 'start', '--no-follow');

  // After an account's deletion the generation kept for a rollback is swept as well.
  await commanded(jun, 'deleteAccount', {});
  const swept = async (): Promise<boolean> => {
    const { rows } = await pool.query<{ sweeps: number }>(
      'UPDATE erased_accounts SET next_sweep_at = now() WHERE user_id = $1 RETURNING sweeps',
      [jun.userId],
    );
    return (rows[0]?.sweeps ?? 0) > 0;
  };
  await until(swept, 'the account is swept', 60_000);
  await until(
    async () =>
      !(
        await read(mina, `query ($id: ID!) { room(id: $id) { messages(last: 5) { nodes { body } } } }`, { id: roomId })
      ).includes('message 4'),
    'the messages are erased',
  );
  await cli('projections', 'rollback', 'timeline', '--yes');
  await cli('projections', 'drop-old', 'timeline', '--yes');
}
