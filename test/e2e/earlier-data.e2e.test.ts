import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, constants } from 'node:zlib';
import type { RoomEvent } from '../support/chat-client.js';
import { connect } from '../support/chat-client.js';
import { runCli } from '../support/cli.js';
import { until } from '../support/conditions.js';
import { engines } from '../support/deployment.js';
import { createDataDir, startMadang } from '../support/madang.js';
import { command, signInOnWire } from '../support/wire.js';

// The data of an earlier version, which test/fixtures/data-folder/README.md names.

const FIXTURES = join(process.cwd(), 'test/fixtures/data-folder');

interface Answers {
  readonly people: Readonly<Record<'mina' | 'jun', { readonly id: string }>>;
  readonly rooms: readonly string[];
  readonly room: Readonly<Record<string, unknown>> & { readonly messages: { readonly edges: readonly Edge[] } };
  readonly sent: { readonly input: Input; readonly receipt: object; readonly message: object };
  /** The last message's, and an earlier one's in the same room. */
  readonly position: { readonly room: string; readonly at: string; readonly first: string };
  readonly gifticon: { readonly campaign: string; readonly request: string; readonly code: string };
}

interface Edge {
  readonly cursor: string;
  readonly node: { readonly seq: number };
}

interface Input extends Readonly<Record<string, unknown>> {
  readonly commandId: string;
  readonly roomId: string;
}

const ROOM =
  'query ($id: ID!, $at: Position) { room(id: $id, atLeast: $at) { memberCount myReadSeq unreadCount ' +
  'messages(last: 50) { edges { cursor node { seq body author { handle } reactions { emoji count } } } } } }';
const BEFORE =
  'query ($id: ID!, $before: String!) { room(id: $id) { messages(last: 50, before: $before) { nodes { seq } } } }';

async function unpackInto(folder: string): Promise<void> {
  const archive = brotliDecompressSync(readFileSync(join(FIXTURES, 'data-folders.tar.br')), {
    params: { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 1 },
  });
  const tar = spawn('tar', ['-xf', '-', '--no-same-owner', '-C', folder], { stdio: ['pipe', 'inherit', 'inherit'] });
  tar.stdin.end(archive);
  expect((await once(tar, 'close'))[0]).toBe(0);
}

test.each(engines)(
  "an earlier version's data is served and verified, on %s",
  async (engine) => {
    await using data = await createDataDir();
    await unpackInto(data.path);
    const had = JSON.parse(readFileSync(join(FIXTURES, `${engine}.json`), 'utf8')) as Answers;
    const env = {
      DATABASE_URL: '',
      REDIS_URL: '',
      KAFKA_BROKERS: '',
      MADANG_LOG: engine,
      MADANG_DATA_DIR: join(data.path, engine),
    };
    await using madang = await startMadang({ env });
    const [mina, jun] = [await signInOnWire(madang.url, 'mina'), await signInOnWire(madang.url, 'jun')];
    expect([mina.userId, jun.userId]).toEqual([had.people.mina.id, had.people.jun.id]);

    // Old positions, cursors, ids of commands and the code of a gifticon stay valid.
    const read = await mina.ask<{ room: unknown }>(ROOM, { id: had.rooms[0], at: had.position.at });
    expect([read.errors, read.data?.room]).toEqual([[], had.room]);
    const newest = had.room.messages.edges.at(-1)!;
    const page = await mina.ask<{ room: { messages: { nodes: readonly { readonly seq: number }[] } } }>(BEFORE, {
      id: had.rooms[0],
      before: newest.cursor,
    });
    expect(page.data?.room.messages.nodes.map(({ seq }) => seq)).toEqual(
      had.room.messages.edges.slice(0, -1).map(({ node }) => node.seq),
    );
    const again = await command(jun, 'sendMessage', had.sent.input);
    expect(again.result).toMatchObject({ receipt: had.sent.receipt, message: had.sent.message });
    const { data: request } = await mina.ask(
      'query ($id: ID!) { gifticonRequest(id: $id) { campaignId status code } }',
      { id: had.gifticon.request },
    );
    expect(request?.gifticonRequest).toEqual({
      campaignId: had.gifticon.campaign,
      status: 'ISSUED',
      code: had.gifticon.code,
    });

    // A subscription continues after the old position.
    await using subscriber = connect(madang.url, mina.token, mina.userId);
    const stream = subscriber.events(had.position.room, had.position.at);
    const { result } = await command(mina, 'sendMessage', { roomId: had.position.room, body: 'new' });
    const isNew = ({ message }: RoomEvent): boolean => message?.id === result!.message!.id;
    await until(() => stream.received.some(isNew), 'an event after the old position');
    expect(stream.errors).toEqual([]);

    const verified = await runCli(env, 'projections', 'verify', '--all', '--json');
    expect([verified.code, verified.stderr]).toEqual([0, expect.any(String)]);
    const rebuilt = await runCli(env, 'projections', 'list', '--json');
    expect(rebuilt.code).toBe(0);
  },
  180_000,
);
