import { given } from '../../../test/support/given.js';
import { ERASED_USER, userId } from '../../engine/domain/ids.js';
import type { HandleClaimed, HandleReleased } from '../../events/user/user-events.js';
import { claimHandle } from './claim-handle.js';
import { releaseHandle } from './release-handle.js';
import type { HandleState } from './handle-state.js';
import { handleAggregate, handleId, handleStream } from './handle-state.js';

const FREE_AT = '2026-02-01T00:00:00.000Z';
const claimed = (user = 'u1'): HandleClaimed => ({
  type: 'HandleClaimed',
  data: { handle: 'minji', userId: userId(user), name: 'Minji' },
});
const released: HandleReleased = { type: 'HandleReleased', data: { handleId: handleId('minji'), freeAt: FREE_AT } };
const release = (user = 'u1') => ({ handle: 'minji', userId: user, freeAt: FREE_AT });
const claim = (user: string) => ({ handle: 'minji', userId: user, name: 'Minji' });

describe('releasing a handle', () => {
  test('is partitioned by the normalised handle, like claims', () =>
    expect(releaseHandle.key(releaseHandle.schema.parse({ ...release(), handle: 'MINJI' }))).toBe('minji'));
  test('says when it becomes free', () => given(claimed()).when(releaseHandle, release()).thenEvents(released));
  test('leaves alone a handle of another, a free one, and one released before', () => {
    given(claimed('u2')).when(releaseHandle, release()).thenNothing();
    given().when(releaseHandle, release()).thenNothing();
    given(claimed(), released).when(releaseHandle, release()).thenNothing();
    given(claimed(), released, claimed('u2')).when(releaseHandle, release()).thenNothing();
  });
});

describe('a released handle', () => {
  test.each(['u1', 'u2'])('is refused to %s before its time', (user) => {
    given(claimed(), released)
      .when(claimHandle, claim(user), user, '2026-01-31T23:59:59.999Z')
      .thenRejected('HANDLE_RESERVED');
  });
  test('belongs to the first who claims it from then on', () => {
    given(claimed(), released).when(claimHandle, claim('u2'), 'u2', FREE_AT).thenEvents(claimed('u2'));
    given(claimed(), released, claimed('u2'))
      .when(claimHandle, claim('u3'), 'u3', FREE_AT)
      .thenRejected('HANDLE_TAKEN');
  });
  test('is known also after the claim’s personal data was erased', () => {
    const redacted: HandleClaimed = { type: 'HandleClaimed', data: { handle: '', userId: ERASED_USER, name: '' } };
    expect([redacted, released].reduce<HandleState>(handleAggregate.evolve, handleAggregate.initialState)).toEqual({
      status: 'released',
      freeAt: FREE_AT,
    });
  });
});

test('no stream is named by a handle, for its name stays', () =>
  expect(handleStream('minji').id).toMatch(/^handle-[0-9a-f]{64}$/));
