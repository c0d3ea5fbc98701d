import { registerUserCommandId } from '../../commands/user/register-user-command-id.js';
import type { Receipt } from '../../engine/domain/receipt.js';
import type { RejectionCode } from '../../commands/rejections.js';
import { rejection } from '../../commands/rejections.js';
import type { RecordedEvent } from '../../events/event.js';
import { commandId, offset, position, streamId, traceId, userId } from '../../engine/domain/ids.js';
import type { UserId } from '../../engine/domain/ids.js';
import type { User } from '../../projections/user/users/query.js';
import type { CommandGateway, Submission, Submit } from '../../engine/gateway/command-gateway.js';
import { createRegistration } from './registration.js';

const TRACE = traceId('0'.repeat(32));
const ANN = { userId: userId('idp|ann'), handle: 'ann', name: 'Ann', roles: [], expiresAt: new Date(8e15) };

const receipt = (code: RejectionCode | null): Receipt => ({
  commandId: commandId('c'),
  fingerprint: '',
  userId: ANN.userId,
  traceId: TRACE,
  queue: 'commands',
  key: 'ann',
  partition: 0,
  offset: offset(0),
  rejection: code && rejection(code),
  position: position(1),
  events: code ? 0 : 1,
  decidedAt: new Date(0),
});

/** A decider and a projector, step by step: the test decides what happens between two steps. */
function site() {
  const users = new Map<string, User>();
  const state = {
    submitted: [] as Submit[],
    lookedUp: 0,
    decide: ({ command }: Submit): Submission => ({
      status: 'DECIDED',
      commandId: command.commandId,
      receipt: receipt(null),
      events: [claimed(command)],
    }),
    settled: (): Receipt | null => receipt(null),
    /** Called after a lookup without a result, before the next one. */
    missing: (_id: UserId): void => undefined,
    register(id: UserId, handle: string): void {
      users.set(id, { id, handle, name: handle, registeredAt: new Date(0), deleted: false });
    },
  };
  const claimed = ({ commandId: id, data }: Submit['command']): RecordedEvent => ({
    partition: 0,
    position: position(1),
    key: 'ann',
    stream: streamId('handle-ann'),
    version: 1,
    event: {
      type: 'HandleClaimed',
      data: data as { readonly handle: string; readonly userId: UserId; readonly name: string },
    },
    commandId: id,
    traceId: TRACE,
    at: new Date(0),
  });
  const commands: Pick<CommandGateway, 'submit' | 'settled'> = {
    submit(asked) {
      state.submitted.push(asked);
      return Promise.resolve(state.decide(asked));
    },
    settled(id) {
      expect(id).toBe(registerUserCommandId(state.submitted.at(-1)!.command));
      return Promise.resolve(state.settled());
    },
  };
  const registration = createRegistration(commands as CommandGateway, {
    byIds(ids) {
      state.lookedUp++;
      const found = ids.map((id) => users.get(id) ?? null);
      ids.forEach((id, index) => found[index] === null && state.missing(id));
      return Promise.resolve(found);
    },
    byHandle: (handle) => Promise.resolve([...users.values()].find((user) => user.handle === handle) ?? null),
  });
  return { state, registration };
}

const registers = (state: ReturnType<typeof site>['state']) => (id: UserId) => {
  if (state.submitted.length > 0) state.register(id, 'ann');
};

test('a new user is registered once, and then known', async () => {
  const { state, registration } = site();
  state.missing = registers(state);
  await registration.ensure(ANN, TRACE);
  await registration.ensure(ANN, TRACE);
  expect(state.submitted.map(({ command }) => [command.type, command.key, command.data])).toEqual([
    ['ClaimHandle', 'ann', { handle: 'ann', userId: ANN.userId, name: 'Ann' }],
  ]);
  const looked = state.lookedUp;
  registration.forked();
  await registration.ensure(ANN, TRACE);
  expect([state.lookedUp, state.submitted.length]).toEqual([looked + 1, 1]);
});

test('a user whose registration meets a log that goes back is looked up again', async () => {
  const { state, registration } = site();
  state.missing = (id) => {
    if (state.submitted.length > 0) state.register(id, 'ann');
    registration.forked();
  };
  await registration.ensure(ANN, TRACE);
  const looked = state.lookedUp;
  await registration.ensure(ANN, TRACE);
  await registration.ensure(ANN, TRACE);
  expect([state.lookedUp, state.submitted.length]).toEqual([looked + 1, 1]);
});

test('an existing user is not registered', async () => {
  const { state, registration } = site();
  state.register(ANN.userId, 'ann');
  await registration.ensure(ANN, TRACE);
  expect(state.submitted).toEqual([]);
});

test.each(['HANDLE_TAKEN', 'HANDLE_RESERVED'] as const)(
  'a handle that is %s is refused so, and for a while without a second command',
  async (code) => {
    const { state, registration } = site();
    state.decide = ({ command }) => ({
      status: 'DECIDED',
      commandId: command.commandId,
      receipt: receipt(code),
      events: [],
    });
    const refused = async () => {
      const error: unknown = await registration.ensure(ANN, TRACE).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code });
      return (error as Error).message;
    };
    const first = await refused();
    expect([await refused(), state.submitted.length]).toEqual([first, 1]);
    registration.forget(ANN.userId);
    expect([await refused(), state.submitted.length]).toEqual([first, 2]);
    // The log has lost the event that the refusal was based on.
    registration.forked();
    state.register(ANN.userId, 'ann');
    await registration.ensure(ANN, TRACE);
    expect(state.submitted).toHaveLength(2);
  },
);

test('a claim refused for another reason names no owner, and is not sent again at once', async () => {
  const { state, registration } = site();
  state.decide = ({ command }) => ({
    status: 'DECIDED',
    commandId: command.commandId,
    receipt: receipt('MALFORMED_COMMAND'),
    events: [],
  });
  for (let again = 0; again < 2; again++)
    await expect(registration.ensure(ANN, TRACE)).rejects.toMatchObject({ code: 'FAILED' });
  expect(state.submitted).toHaveLength(1);
});

test('a new user with many requests at once is registered with one command', async () => {
  const { state, registration } = site();
  state.missing = registers(state);
  await Promise.all(Array.from({ length: 20 }, () => registration.ensure(ANN, TRACE)));
  expect(state.submitted).toHaveLength(1);
});

test('another process that registers the same user meanwhile is no obstacle', async () => {
  const { state, registration } = site();
  // It had the handle already, so nothing was stored for it.
  state.decide = ({ command }) => {
    state.register(ANN.userId, 'ann');
    return { status: 'DECIDED', commandId: command.commandId, receipt: receipt(null), events: [] };
  };
  state.settled = () => null;
  await registration.ensure(ANN, TRACE);
});

test('a user who takes the handle between lookup and claim is the one who signs in', async () => {
  const { state, registration } = site();
  state.decide = ({ command }) => {
    state.register(userId('other'), 'ann');
    return { status: 'DECIDED', commandId: command.commandId, receipt: receipt('HANDLE_TAKEN'), events: [] };
  };
  expect(await registration.signIn('ann', TRACE)).toMatchObject({ id: 'other', handle: 'ann' });
});

test('a decision or a registration that takes too long is UNAVAILABLE', async () => {
  const { state, registration } = site();
  const decided = state.decide;
  state.decide = ({ command }) => ({ status: 'ACCEPTED', commandId: command.commandId });
  await expect(registration.ensure(ANN, TRACE)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  // Without an outcome nobody waits for the read model.
  expect(state.lookedUp).toBe(1);
  state.decide = decided;
  state.settled = () => null;
  await expect(registration.ensure(ANN, TRACE)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(state.lookedUp).toBe(2);
});
