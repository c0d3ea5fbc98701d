import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import type { MadangProcess } from '../support/madang.js';
import { connected, results, stream } from '../integration/http/fixture.js';
import type { WireError, WireUser } from '../support/wire.js';
import { signInOnWire } from '../support/wire.js';

interface Result {
  readonly data?: unknown;
  readonly errors?: readonly WireError[];
}

/** Counts the opened rooms of an operation with several aliases, and the other answers. */
const countOf = ({ data, errors = [] }: Result) => ({
  opened: Object.values((data ?? {}) as Record<string, unknown>).filter((each) => each !== null).length,
  refused: errors.map(({ extensions }) => [extensions.code, typeof extensions.retryAfterMs]),
});

describe('the write rate of one user', () => {
  let deployment: Deployment;
  let servers: readonly MadangProcess[];
  beforeAll(async () => {
    deployment = await openDeployment('embedded');
    const env = { MADANG_RATE_LIMITS: 'createRoom=0.001/5' };
    servers = [await deployment.start(env), await deployment.start({ ...env, MADANG_ROLES: 'api' })];
  });
  afterAll(async () => {
    await Promise.all(servers?.map((server) => server.stop()) ?? []);
    await deployment?.[Symbol.asyncDispose]();
  });

  const rooms = (count: number): string =>
    'mutation { ' +
    Array.from(
      { length: count },
      (_, n) => `a${n}: createRoom(input: { title: "${n}" }, waitFor: ACCEPTED) { __typename }`,
    ).join(' ') +
    ' }';

  const overHttp = async (user: WireUser, server: MadangProcess, query: string): Promise<Result> => {
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${user.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return (await answer.json()) as Result;
  };
  const overSse = async (user: WireUser, server: MadangProcess, query: string): Promise<Result> => {
    const { text } = await stream(server.url, { query }, { authorization: `Bearer ${user.token}` });
    return results(text)[0] as Result;
  };
  const overWebSocket = async (user: WireUser, server: MadangProcess, query: string): Promise<Result> => {
    using socket = await connected(`${server.url.replace('http', 'ws')}/graphql`, user.token);
    socket.send({ id: '1', type: 'subscribe', payload: { query } });
    const { payload } = await socket.message(({ type }) => type === 'next');
    return payload as Result;
  };

  test('is limited alias by alias, over all servers and transports together', async () => {
    const [here, there] = servers as [MadangProcess, MadangProcess];
    const user = await signInOnWire(here.url, 'ann');
    const other = await signInOnWire(there.url, 'ben');
    const refused = ['TOO_MANY_REQUESTS', 'number'];
    expect(countOf(await overHttp(user, here, rooms(2)))).toEqual({ opened: 2, refused: [] });
    expect(countOf(await overWebSocket(user, there, rooms(2)))).toEqual({ opened: 2, refused: [] });
    expect((await overSse(user, here, rooms(3))).errors?.map(({ path }) => path)).toEqual([['a1']]);
    for (const over of [overHttp, overSse, overWebSocket])
      for (const server of servers)
        expect(countOf(await over(user, server, rooms(1)))).toEqual({ opened: 0, refused: [refused] });
    expect(countOf(await overHttp(other, here, rooms(5)))).toEqual({ opened: 5, refused: [] });
  });
});
