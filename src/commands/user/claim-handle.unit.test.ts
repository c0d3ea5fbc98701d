import { given } from '../../../test/support/given.js';
import type { HandleClaimed } from '../../events/user/user-events.js';
import { userId } from '../../engine/domain/ids.js';
import { claimHandle } from './claim-handle.js';
import { handleAggregate } from './handle-state.js';

const claimed = (by: string): HandleClaimed => ({
  type: 'HandleClaimed',
  data: { handle: 'minji', userId: userId(by), name: 'Minji' },
});

describe('claiming a handle', () => {
  test('a free handle goes to the first claim', () => {
    given().when(claimHandle, { handle: 'minji', userId: 'u1', name: 'Minji' }).thenEvents(claimed('u1'));
  });

  test('upper and lower case are one handle, and the name is trimmed', () => {
    given().when(claimHandle, { handle: 'MinJi', userId: 'u1', name: ' Minji ' }).thenEvents(claimed('u1'));
  });

  test('the owner who claims it again keeps it, with no further event', () => {
    given(claimed('u1')).when(claimHandle, { handle: 'MINJI', userId: 'u1', name: 'Another name' }).thenNothing();
  });

  test('another user is refused', () => {
    given(claimed('u1'))
      .when(claimHandle, { handle: 'Minji', userId: 'u2', name: 'Minji' })
      .thenRejected('HANDLE_TAKEN');
  });

  test('another handle is not affected', () => {
    given(claimed('u1'))
      .when(claimHandle, { handle: 'minji2', userId: 'u2', name: 'Minji' })
      .thenEvents({ type: 'HandleClaimed', data: { handle: 'minji2', userId: userId('u2'), name: 'Minji' } });
  });

  test('is partitioned by the normalised handle, so that all its claims meet', () => {
    expect(claimHandle.key(claimHandle.schema.parse({ handle: 'MINJI', userId: 'u1', name: 'Minji' }))).toBe('minji');
  });
});

test('an event of a newer program is a fault, and is not misread', () => {
  expect(() => handleAggregate.evolve({ status: 'free' }, { type: 'OfANewerProgram', data: {} } as never)).toThrow(
    'does not know',
  );
});
