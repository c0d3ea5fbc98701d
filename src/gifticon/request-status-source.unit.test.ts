import type { RequestStanding } from './gifticon-requests.js';
import { standingSource } from './request-status-source.js';

const at = (ahead: number): RequestStanding => ({ status: 'QUEUED', ahead }) as RequestStanding;
const done = { done: true, value: undefined };
const open = () => {
  const connection = new AbortController();
  let ended = 0;
  return { connection, source: standingSource(connection.signal, () => ended++), ended: () => ended };
};

test('whoever is slow gets the newest standing alone', async () => {
  const { source } = open();
  for (const ahead of [5, 4, 3]) source.push(at(ahead));
  expect(await source.standings.next()).toEqual({ done: false, value: at(3) });
  const next = source.standings.next();
  source.push(at(2));
  expect(await next).toEqual({ done: false, value: at(2) });
});

test('what was pushed last comes before the end', async () => {
  const { source, ended } = open();
  source.push(at(1));
  source.push(at(0));
  source.end();
  source.push(at(9));
  const seen: RequestStanding[] = [];
  for await (const standing of source.standings) seen.push(standing);
  expect(seen).toEqual([at(0)]);
  expect(ended()).toBe(1);
});

test('a wait ends with the subscription, with the connection, and with the source', async () => {
  for (const end of ['return', 'abort', 'end', 'throw'] as const) {
    const { connection, source, ended } = open();
    const waiting = [source.standings.next(), source.standings.next()];
    if (end === 'return') expect(await source.standings.return?.()).toEqual(done);
    if (end === 'abort') connection.abort();
    if (end === 'end') source.end();
    if (end === 'throw') await expect(source.standings.throw?.(new Error('no more'))).rejects.toThrow('no more');
    expect(await Promise.all(waiting)).toEqual([done, done]);
    source.push(at(1));
    source.end();
    expect(await source.standings.next()).toEqual(done);
    expect(ended()).toBe(1);
  }
});
