import { createHash } from 'node:crypto';
import { partitionOf } from '../../src/engine/log/partitioning.js';

// Which part of the log the subscribers of each api process need, by the way in which a proxy spreads connections.

/** What a proxy hashes to choose the process of a connection; `none`: it takes turns. */
export type Routing = 'none' | 'room' | 'partition';

export interface Deployment {
  readonly processes: number;
  readonly partitions: number;
  readonly rooms: number;
  /** Connections, each of which follows one room. */
  readonly subscribers: number;
  /** In all rooms together; every room has as many. */
  readonly messagesPerSecond: number;
  readonly routing: Routing;
  /** No process has more than this times the mean of connections: a connection beyond goes to the next on the ring. */
  readonly mostOfMean: number;
}

export interface ProcessLoad {
  readonly connections: number;
  /** Partitions with a room that this process has a subscriber of. */
  readonly partitions: number;
  /** Messages in those partitions: it decodes them, whether or not they concern a subscriber. */
  readonly decoded: number;
  /** Messages in rooms that it has a subscriber of: each is executed once. */
  readonly executed: number;
  readonly pushed: number;
}

/** Places of each process on the ring. */
const PLACES = 100;

const hashOf = (text: string): number => createHash('md5').update(text).digest().readUInt32BE(0);

/** The processes in the order of their places, from the place of the key on: each may occur often. */
function ringOf(processes: number): (key: string) => Iterable<number> {
  const places = Array.from({ length: processes * PLACES }, (_, n) => ({
    at: hashOf(`process ${n % processes} place ${Math.floor(n / processes)}`),
    process: n % processes,
  })).sort((a, b) => a.at - b.at);
  return function* (key) {
    const at = hashOf(key);
    let [first, end] = [0, places.length];
    while (first < end) {
      const middle = (first + end) >> 1;
      if (places[middle]!.at < at) first = middle + 1;
      else end = middle;
    }
    for (let n = 0; n < places.length; n++) yield places[(first + n) % places.length]!.process;
  };
}

/** A few rooms are large: the first has some thousand subscribers of a million, and half of the rooms under thirty. */
export function roomSizes({ rooms, subscribers }: Pick<Deployment, 'rooms' | 'subscribers'>): readonly number[] {
  const weights = Array.from({ length: rooms }, (_, n) => (n + 20) ** -0.7);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => Math.max(1, Math.round((weight / sum) * subscribers)));
}

/** The load of each process. Deterministic: the ids of the rooms are made from their numbers. */
export function interestOf(deployment: Deployment): readonly ProcessLoad[] {
  const { processes, partitions, rooms, routing, messagesPerSecond, mostOfMean } = deployment;
  const sizes = roomSizes(deployment);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const most = Math.ceil((mostOfMean * total) / processes);
  const perRoom = messagesPerSecond / rooms;
  const ring = ringOf(processes);
  const load = Array.from({ length: processes }, () => ({ connections: 0, partitions: new Set<number>(), rooms: 0 }));
  const roomsIn = Array.from({ length: partitions }, () => 0);
  let turn = 0;

  const add = (process: number, partition: number, connections: number): void => {
    const of = load[process]!;
    of.connections += connections;
    of.partitions.add(partition);
    of.rooms++;
  };

  sizes.forEach((size, room) => {
    const id = `room-${room}`;
    const partition = partitionOf(id, partitions);
    roomsIn[partition]!++;
    if (routing === 'none') {
      const each = Math.floor(size / processes);
      for (let n = 0; n < Math.min(size, processes); n++)
        add(turn++ % processes, partition, each + (n < size % processes ? 1 : 0));
      return;
    }
    let left = size;
    const tried = new Set<number>();
    for (const process of ring(routing === 'room' ? id : `partition ${partition}`)) {
      if (left === 0) return;
      if (tried.has(process)) continue;
      tried.add(process);
      const free = Math.min(left, most - load[process]!.connections);
      if (free <= 0) continue;
      add(process, partition, free);
      left -= free;
    }
  });

  return load.map((of) => ({
    connections: of.connections,
    partitions: of.partitions.size,
    decoded: [...of.partitions].reduce((sum, partition) => sum + roomsIn[partition]! * perRoom, 0),
    executed: of.rooms * perRoom,
    pushed: of.connections * perRoom,
  }));
}
