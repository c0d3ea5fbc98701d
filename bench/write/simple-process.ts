import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';

// The simplest server for the same mutations: Apollo Server as its documentation sets it up, and one statement of
// PostgreSQL for each mutation, which locks the row of the room or the campaign and inserts. It knows no token, no
// limit and no repetition. With a broker it also waits until Kafka has a record of the message.

const [databaseUrl, broker] = process.argv.slice(2);
const TOPIC = 'bench.simple';

const pool = new pg.Pool({ connectionString: databaseUrl!, max: 20 });
await pool.query(`
  CREATE TABLE IF NOT EXISTS simple_rooms (id text PRIMARY KEY, seq integer NOT NULL DEFAULT 0);
  CREATE TABLE IF NOT EXISTS simple_messages (room_id text, seq integer, author text, body text,
    created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (room_id, seq));
  CREATE TABLE IF NOT EXISTS simple_campaigns (id text PRIMARY KEY, issued integer NOT NULL DEFAULT 0);
  CREATE TABLE IF NOT EXISTS simple_gifticons (campaign_id text, user_id text, nth integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (campaign_id, user_id))`);

const publish = broker === undefined ? () => Promise.resolve() : await openPublish(broker);

async function openPublish(address: string): Promise<(roomId: string, message: object) => Promise<unknown>> {
  const kafka = new Kafka({ clientId: 'simple', brokers: [address], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 6 }] });
  await admin.disconnect();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  return (key, message) => producer.send({ topic: TOPIC, messages: [{ key, value: JSON.stringify(message) }] });
}

const SEND = `
  WITH room AS (
    INSERT INTO simple_rooms AS r (id, seq) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET seq = r.seq + 1 RETURNING seq
  ) INSERT INTO simple_messages (room_id, seq, author, body) SELECT $1, seq, $2, $3 FROM room RETURNING seq`;

const ISSUE = `
  WITH campaign AS (
    INSERT INTO simple_campaigns AS c (id, issued) VALUES ($1, 1)
      ON CONFLICT (id) DO UPDATE SET issued = c.issued + 1 RETURNING issued
  ) INSERT INTO simple_gifticons (campaign_id, user_id, nth) SELECT $1, $2, issued FROM campaign RETURNING nth`;

interface Context {
  readonly user: string;
}

const server = new ApolloServer<Context>({
  typeDefs: `
    type Query { ok: Boolean }
    type Message { id: ID! }
    type SendMessagePayload { message: Message }
    input SendMessageInput { roomId: ID! body: String! }
    type Receipt { status: String! }
    type Request { id: ID! status: String! }
    type RequestGifticonPayload { receipt: Receipt! request: Request! }
    input RequestGifticonInput { campaignId: ID! commandId: ID! }
    type Mutation {
      sendMessage(input: SendMessageInput!): SendMessagePayload!
      requestGifticon(input: RequestGifticonInput!): RequestGifticonPayload!
    }`,
  resolvers: {
    Mutation: {
      async sendMessage(
        _: unknown,
        { input: { roomId, body } }: { readonly input: { readonly roomId: string; readonly body: string } },
        { user }: Context,
      ) {
        const { rows } = await pool.query<{ seq: number }>(SEND, [roomId, user, body]);
        const id = `${roomId}/${rows[0]!.seq}`;
        await publish(roomId, { id, user, body });
        return { message: { id } };
      },
      async requestGifticon(
        _: unknown,
        { input }: { readonly input: { readonly campaignId: string; readonly commandId: string } },
        { user }: Context,
      ) {
        const { rows } = await pool.query<{ nth: number }>(ISSUE, [input.campaignId, user]);
        await publish(input.campaignId, { user, nth: rows[0]!.nth });
        return { receipt: { status: 'SUCCEEDED' }, request: { id: input.commandId, status: 'ISSUED' } };
      },
    },
  },
});

process.once('disconnect', () => process.exit());
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send!({ cpuMicros: user + system });
});
const { url } = await startStandaloneServer(server, {
  listen: { port: 0, host: '127.0.0.1' },
  // A name, where the token is no more than that.
  context: ({ req }) => Promise.resolve({ user: req.headers.authorization?.slice(-36) ?? 'nobody' }),
});
process.send!({ url: url.replace(/\/$/, '') });
