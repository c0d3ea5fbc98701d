import type { RequestStatus } from './gifticon-requests.js';
import { requestStatusSource } from './request-status-source.js';

const at = (ahead: number): RequestStatus => ({ status: 'QUEUED', ahead }) as RequestStatus;
const done = { done: true, value: undefined };
const open = () => {
  const connection = new AbortController();
  let ended = 0;
  return { connection, source: requestStatusSource(connection.signal, () => ended++), ended: () => ended };
};

test('a slow watcher gets the newest status alone', async () => {
  const { source } = open();
  for (const ahead of [5, 4, 3]) source.push(at(ahead));
  expect(await source.statuses.next()).toEqual({ done: false, value: at(3) });
  const next = source.statuses.next();
  source.push(at(2));
  expect(await next).toEqual({ done: false, value: at(2) });
});

test('the last status comes before the end', async () => {
  const { source, ended } = open();
  source.push(at(1));
  source.push(at(0));
  source.end();
  source.push(at(9));
  const seen: RequestStatus[] = [];
  for await (const current of source.statuses) seen.push(current);
  expect(seen).toEqual([at(0)]);
  expect(ended()).toBe(1);
});

test('a watcher who has gone gets no status that was not taken', async () => {
  const { connection, source } = open();
  source.push(at(1));
  connection.abort();
  expect(await source.statuses.next()).toEqual(done);
});

test('a wait ends with the subscription, with the connection, and with the source', async () => {
  for (const end of ['return', 'abort', 'end', 'throw'] as const) {
    const { connection, source, ended } = open();
    const waiting = [source.statuses.next(), source.statuses.next()];
    if (end === 'return') expect(await source.statuses.return?.()).toEqual(done);
    if (end === 'abort') connection.abort();
    if (end === 'end') source.end();
    if (end === 'throw') await expect(source.statuses.throw?.(new Error('no more'))).rejects.toThrow('no more');
    expect(await Promise.all(waiting)).toEqual([done, done]);
    source.push(at(1));
    source.end();
    expect(await source.statuses.next()).toEqual(done);
    expect(ended()).toBe(1);
  }
});
