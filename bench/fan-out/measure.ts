import { setTimeout as delay } from 'node:timers/promises';
import { send } from '../hot-room/queries.js';
import { openConnection } from '../support/raw-http.js';
import type { RawConnection } from '../support/raw-http.js';
import { quantile } from '../support/statistics.js';
import { bodyDueAt } from './queries.js';
import type { Series } from './site.js';

export interface Measured {
  /** Of the process that writes to the subscribers, for one delivery. */
  readonly cpuMicros: number;
  /** From the moment at which a message was due to its delivery, of a sample of the subscribers. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The share of the messages that were sent in time: an overloaded program takes fewer. */
  readonly sent: number;
}

/** Messages under way at once. More wait for one of them. */
const CONNECTIONS = 32;
const POLL_MS = 50;
/** After this time without a delivery, the missing ones are lost. */
const LOST_MS = 5_000;

/** Sends by a fixed schedule, at any speed of the program. @returns the messages that were sent in time */
export async function sendMessages(series: Series, rate: number, seconds: number): Promise<number> {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => openConnection(series.senderUrl)));
  const idle = [...connections];
  const total = Math.round(rate * seconds);
  const underWay = new Set<Promise<void>>();
  let sent = 0;

  const begin = Date.now() + POLL_MS;
  const dueAt = (index: number): number => begin + (index * 1_000) / rate;
  const post = async (connection: RawConnection, due: number): Promise<void> => {
    await publish(series, connection, bodyDueAt(due));
    idle.push(connection);
  };
  while (sent < total && Date.now() < dueAt(total)) {
    for (; sent < total && dueAt(sent) <= Date.now() && idle.length > 0; sent++) {
      const posting: Promise<void> = post(idle.pop()!, dueAt(sent)).finally(() => underWay.delete(posting));
      underWay.add(posting);
    }
    await delay(1);
  }
  await Promise.all(underWay);
  for (const connection of connections) connection.close();
  return sent;
}

export async function measure(series: Series, rate: number, seconds: number, members: number): Promise<Measured> {
  const { program, subscribers } = series;
  await subscribers.ask({ do: 'reset' });
  const before = await program.cpuMicros();
  const sent = await sendMessages(series, rate, seconds);
  await settled(series, sent * members);
  const cpu = (await program.cpuMicros()) - before;
  const { deliveries, delays } = await subscribers.ask({ do: 'delays' });
  if (deliveries !== sent * members)
    throw new Error(`${series.name}: ${deliveries} deliveries of ${sent * members} came`);
  return {
    cpuMicros: cpu / deliveries,
    p50Ms: quantile(delays, 0.5),
    p99Ms: quantile(delays, 0.99),
    sent: sent / Math.round(rate * seconds),
  };
}

/** Sends messages until every subscriber has got one: no answer says that a subscription stands. */
export async function warmUp(series: Series, members: number): Promise<void> {
  const connection = await openConnection(series.senderUrl);
  for (let served = 0; served < members; { served } = await series.subscribers.ask({ do: 'count' })) {
    await publish(series, connection, bodyDueAt(Date.now()));
    await delay(4 * POLL_MS);
  }
  connection.close();
}

async function publish({ roomId, token, name }: Series, connection: RawConnection, body: string): Promise<void> {
  const answer = await connection.post('/graphql', token, send(roomId, body));
  if (!answer.body.startsWith('{"data"')) throw new Error(`${name} refused a message: ${answer.body}`);
}

async function settled({ subscribers }: Series, expected: number): Promise<void> {
  for (let [last, since] = [-1, Date.now()]; Date.now() - since < LOST_MS; await delay(POLL_MS)) {
    const { deliveries } = await subscribers.ask({ do: 'count' });
    if (deliveries >= expected) return;
    if (deliveries !== last) [last, since] = [deliveries, Date.now()];
  }
}
