import { readFileSync, readdirSync } from 'node:fs';
import type { RecordedEvent } from '../events/event.js';
import type { DomainEvent } from '../events/event.js';
import { commandId, position, streamId, traceId, userId } from '../engine/domain/ids.js';
import { roomId } from '../events/ids.js';
import { UnreadableEventError } from '../engine/domain/upcast.js';
import { createForgetting } from './forgetting.js';
import { MEMORY } from './places.js';

const FAY = userId('fay');
const ROOM = roomId('6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c01');
const happened = (event: DomainEvent): RecordedEvent => ({
  partition: 0,
  position: position(1),
  key: ROOM,
  stream: streamId('any'),
  version: 1,
  event,
  commandId: commandId('c'),
  traceId: traceId('t'),
  at: new Date(0),
});

test('each place is notified of each erasure, sources first, and of nothing else', () => {
  const calls: string[] = [];
  const place = (name: string) => ({ forget: (user: string) => void calls.push(`${name} ${user}`) });
  const forgetting = createForgetting({
    'projections/user/remembered-users.ts': place('users'),
    'server/identity/remembered-tokens.ts': place('tokens'),
    'schema/user/shared-registrations.ts': place('registrations'),
    'hot-rooms/shared-reads.ts': place('pages'),
    'engine/fan-out/group.ts': place('groups'),
  });
  forgetting.onEvents([
    happened({ type: 'MemberLeft', data: { roomId: ROOM, userId: FAY } }),
    happened({ type: 'HandleReleased', data: { handleId: 'h', freeAt: '' } }),
    {
      ...happened({ type: 'AccountDeleted', data: { userId: FAY } }),
      unreadable: new UnreadableEventError('newer'),
      stored: { type: 'X', schema: 2, data: {} },
    },
  ]);
  expect(calls).toEqual([]);
  forgetting.onEvents([happened({ type: 'AccountDeleted', data: { userId: FAY } })]);
  expect(calls.splice(0)).toEqual(['users fay', 'tokens fay', 'registrations fay', 'pages fay', 'groups fay']);
  forgetting.onEvents([happened({ type: 'MemberErased', data: { roomId: ROOM, userId: FAY } })]);
  expect(calls).toHaveLength(5);
});

test('every file with a cache states whether its data is personal, and how it forgets', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
  );
  const caching = sources.filter((file) => /new LRUCache\b/.test(readFileSync(`src/${file}`, 'utf8')));
  expect(caching.length).toBeGreaterThan(10);
  expect(caching.filter((file) => !Object.hasOwn(MEMORY, file))).toEqual([]);
  expect(Object.keys(MEMORY).filter((file) => !sources.includes(file))).toEqual([]);
});
