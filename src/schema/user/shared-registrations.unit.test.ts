import { traceId, userId } from '../../engine/domain/ids.js';
import type { Identity } from '../../server/identity/identity.js';
import { RegistrationError } from './registration-error.js';
import { REFUSED_MS, sharedRegistrations } from './shared-registrations.js';

const TRACE = traceId('0'.repeat(32));
const identity = (user: string, handle: string): Identity => ({
  userId: userId(user),
  handle,
  name: handle,
  roles: [],
  expiresAt: new Date(8e15),
});
const ANN = identity('idp|ann', 'ann');
const TAKEN = new RegistrationError('HANDLE_TAKEN', 'the handle ann belongs to another user');

/** Each attempt ends when the test ends it. */
function attempts() {
  const begun: { readonly as: string; end(error?: Error): void }[] = [];
  const clock = { ms: 1 };
  const shared = sharedRegistrations(
    ({ userId: user, handle }) =>
      new Promise<void>((resolve, reject) =>
        begun.push({ as: `${user} ${handle}`, end: (error) => (error ? reject(error) : resolve()) }),
      ),
    () => clock.ms,
  );
  const outcome = (of: Identity): Promise<string> =>
    shared.register(of, TRACE).then(
      () => 'registered',
      (error: Error) => (error instanceof RegistrationError ? `${error.code} ${error.message}` : error.message),
    );
  return { begun, clock, shared, outcome, as: () => begun.map(({ as }) => as) };
}

const REFUSED = `HANDLE_TAKEN ${TAKEN.message}`;

test('requests during a registration wait for it; other users have their own', async () => {
  const { begun, outcome, as } = attempts();
  const all = Promise.all([outcome(ANN), outcome(ANN), outcome(ANN), outcome(identity('idp|bob', 'bob'))]);
  expect(as()).toEqual(['idp|ann ann', 'idp|bob bob']);
  for (const { end } of begun) end();
  expect(await all).toEqual(['registered', 'registered', 'registered', 'registered']);
});

test('another handle of the same user waits for its turn, and gets its own answer', async () => {
  const { begun, outcome, as } = attempts();
  const first = outcome(ANN);
  const second = outcome(identity('idp|ann', 'anna'));
  expect(as()).toEqual(['idp|ann ann']);
  begun[0]!.end(TAKEN);
  expect(await first).toBe(REFUSED);
  expect(as()).toEqual(['idp|ann ann', 'idp|ann anna']);
  begun[1]!.end();
  expect(await second).toBe('registered');
});

describe('a refusal', () => {
  const refused = async () => {
    const site = attempts();
    const first = site.outcome(ANN);
    site.begun[0]!.end(TAKEN);
    expect(await first).toBe(REFUSED);
    return site;
  };

  test('is repeated without an attempt, until it may have changed', async () => {
    const { begun, clock, outcome } = await refused();
    clock.ms += REFUSED_MS;
    expect(await outcome(ANN)).toBe(REFUSED);
    expect(begun).toHaveLength(1);
    clock.ms += 1;
    const later = outcome(ANN);
    expect(begun).toHaveLength(2);
    begun[1]!.end();
    expect(await later).toBe('registered');
  });

  test.each([
    ['the same handle with another user', identity('idp|other', 'ann')],
    ['the same user with another handle', identity('idp|ann', 'anna')],
  ])('is not that of %s', async (_what, other) => {
    const { begun, outcome } = await refused();
    const asked = outcome(other);
    begun[1]!.end();
    expect(await asked).toBe('registered');
  });

  test('is forgotten with its user, and with a lost log; not with another user', async () => {
    const { begun, shared, outcome } = await refused();
    shared.forget(userId('idp|other'));
    expect(await outcome(ANN)).toBe(REFUSED);
    expect(begun).toHaveLength(1);
    shared.forget(ANN.userId);
    const again = outcome(ANN);
    begun[1]!.end(TAKEN);
    expect(await again).toBe(REFUSED);
    shared.forked();
    void outcome(ANN);
    expect(begun).toHaveLength(3);
  });

  test.each(['forget', 'forked'] as const)(
    'that was on its way at `%s` is answered, and not remembered',
    async (how) => {
      const { begun, shared, outcome } = attempts();
      const first = outcome(ANN);
      shared[how](ANN.userId);
      begun[0]!.end(TAKEN);
      expect(await first).toBe(REFUSED);
      void outcome(ANN);
      expect(begun).toHaveLength(2);
    },
  );
});

test.each([
  ['a timeout', new RegistrationError('UNAVAILABLE', 'registering takes longer than usual')],
  ['an error of the database', new Error('terminating connection')],
])('%s is not remembered', async (_what, error) => {
  const { begun, outcome } = attempts();
  const first = outcome(ANN);
  begun[0]!.end(error);
  expect(await first).toContain(error.message);
  void outcome(ANN);
  expect(begun).toHaveLength(2);
});
