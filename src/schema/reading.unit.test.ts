import { epoch, position } from '../engine/domain/ids.js';
import type { EpochPosition } from '../engine/domain/ids.js';
import { createCursorSigner } from '../engine/gateway/signed-cursor.js';
import { createLogEpochs } from '../engine/log/known-epochs.js';
import { openPosition } from './reading.js';
import type { ApiServices } from './services.js';

const KEY = Buffer.alloc(32, 1);
const BRANCH = [{ epoch: epoch(1_796_000_000_000_000), fork: position(5) }];

/** A server that knows no epoch, and a database that has one after position 5. */
function openServer(heads: (learn: () => void) => Promise<void>) {
  const [elsewhere, epochs] = [createLogEpochs(), createLogEpochs()];
  elsewhere.learn(1, BRANCH);
  epochs.learn(1, []);
  let asked = 0;
  const fanOut = {
    async head() {
      asked++;
      await heads(() => epochs.learn(1, BRANCH));
      return position(9);
    },
  };
  const services = {
    cursorSigner: createCursorSigner(KEY, epochs),
    epochs,
    fanOut,
    partitions: 2,
  } as unknown as ApiServices;
  const given = { old: createCursorSigner(KEY), new: createCursorSigner(KEY, elsewhere) };
  return {
    asked: () => asked,
    open: (by: keyof typeof given, at: number, partition = 1): Promise<EpochPosition> =>
      openPosition(services, given[by].position({ partition, position: position(at) })),
  };
}
const learns = (learn: () => void): Promise<void> => Promise.resolve(learn());
const gone = { extensions: { code: 'POSITION_GONE' } };

test('a position of an unknown epoch is looked up before POSITION_GONE', async () => {
  const server = openServer(learns);
  expect(await server.open('old', 5)).toMatchObject({ partition: 1, position: 5, epoch: 0 });
  expect(server.asked()).toBe(0);
  expect(await server.open('new', 7)).toMatchObject({ partition: 1, position: 7, epoch: BRANCH[0]!.epoch });
  expect(await server.open('new', 8)).toMatchObject({ position: 8 });
  expect(server.asked()).toBe(1);
});

test('a position that the log lost is gone, and so is one of no partition', async () => {
  const server = openServer(learns);
  await server.open('new', 7);
  await expect(server.open('old', 6)).rejects.toMatchObject(gone);
  await expect(server.open('new', 7, 2)).rejects.toMatchObject(gone);
  await expect(openServer(() => Promise.resolve()).open('new', 7)).rejects.toMatchObject(gone);
});

test('while the database cannot be asked, it is not POSITION_GONE', async () => {
  const away = new Error('the database is away');
  await expect(openServer(() => Promise.reject(away)).open('new', 7)).rejects.toBe(away);
});
