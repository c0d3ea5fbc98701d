import { given } from '../../../test/support/given.js';
import { userId } from '../../engine/domain/ids.js';
import type { AccountDeleted, UserRegistered } from '../../events/user/user-events.js';
import { deleteAccount } from './delete-account.js';
import { registerUser } from './register-user.js';

const registered: UserRegistered = {
  type: 'UserRegistered',
  data: { userId: userId('u1'), handle: 'minji', name: 'Minji' },
};
const deleted: AccountDeleted = { type: 'AccountDeleted', data: { userId: userId('u1') } };

describe('deleting an account', () => {
  test('is partitioned by the user', () =>
    expect(deleteAccount.key(deleteAccount.schema.parse({ userId: 'u1' }))).toBe('u1'));
  test('ends it', () => given(registered).when(deleteAccount, { userId: 'u1' }).thenEvents(deleted));
  test('is refused for a missing account', () =>
    given().when(deleteAccount, { userId: 'u1' }).thenRejected('ACCOUNT_NOT_FOUND'));
  test('is refused a second time', () =>
    given(registered, deleted).when(deleteAccount, { userId: 'u1' }).thenRejected('ACCOUNT_DELETED'));
  test('is for ever: nobody registers under the same id again', () =>
    given(registered, deleted)
      .when(registerUser, { userId: 'u1', handle: 'minji', name: 'Minji' })
      .thenRejected('ACCOUNT_DELETED'));
  test('is known also after handle and name of the registration were erased', () => {
    const redacted: UserRegistered = { ...registered, data: { ...registered.data, handle: '', name: '' } };
    given(redacted, deleted)
      .when(registerUser, { userId: 'u1', handle: 'minji', name: 'Minji' })
      .thenRejected('ACCOUNT_DELETED');
  });
});
