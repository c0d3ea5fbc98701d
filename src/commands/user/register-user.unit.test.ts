import { given } from '../../../test/support/given.js';
import { commandId, userId } from '../../engine/domain/ids.js';
import type { UserRegistered } from '../../events/user/user-events.js';
import { registerUserCommandId } from './register-user-command-id.js';
import { registerUser } from './register-user.js';
import { userAggregate } from './state.js';

const registered: UserRegistered = {
  type: 'UserRegistered',
  data: { userId: userId('u1'), handle: 'minji', name: 'Minji' },
};

describe('registering a user', () => {
  test('makes an unknown user known', () => {
    given().when(registerUser, { userId: 'u1', handle: 'Minji', name: 'Minji ' }).thenEvents(registered);
  });

  test('a second registration changes nothing, with any handle or name', () => {
    given(registered).when(registerUser, { userId: 'u1', handle: 'minji', name: 'Minji' }).thenNothing();
    given(registered).when(registerUser, { userId: 'u1', handle: 'other', name: 'Other' }).thenNothing();
  });

  test('is partitioned by the user', () => {
    expect(registerUser.key(registerUser.schema.parse({ userId: 'U1', handle: 'minji', name: 'Minji' }))).toBe('U1');
  });
});

test('the registration of a claim has one id of its own, however often it is sent', () => {
  const [claim, other] = ['018f2f6e-0000-7000-8000-000000000001', '018f2f6e-0000-7000-8000-000000000002'].map(
    commandId,
  );
  const id = registerUserCommandId({ commandId: claim! });
  expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(registerUserCommandId({ commandId: claim! })).toBe(id);
  expect(new Set([claim, id, registerUserCommandId({ commandId: other! })]).size).toBe(3);
});

test('an event of a newer program is a fault, and is not misread', () => {
  expect(() => userAggregate.evolve({ status: 'registered' }, { type: 'OfANewerProgram', data: {} } as never)).toThrow(
    'does not know',
  );
});
