/** Every answer that clients got, recorded at once. */
export interface History {
  /** By commandId. */
  readonly commands: Map<string, SentCommand>;
  readonly subscribers: HeardRoom[];
  /** By room, then by seq: each message as it was first read. */
  readonly read: Map<string, Map<number, ReadMessage>>;
  readonly counts: Counts;
  /** Answers that no client should get, as text. */
  readonly wrong: string[];
  /**
   * Times in which PostgreSQL stored events that were then lost with it. An answer from such a time may be wrong by
   * now.
   */
  readonly losses: Loss[];
  /** The time of each answer. */
  readonly observedAt: WeakMap<object, number>;
}

export interface Loss {
  readonly from: number;
  /** Infinity: it goes on. */
  to: number;
}

export interface ReadMessage {
  readonly body: string;
}

export interface Counts {
  /** Answers that allow a retry, by their code; and broken connections. */
  readonly again: Map<string, number>;
  reads: number;
  refusals: number;
  resumed: number;
  messagesRead: number;
}

export interface SentCommand {
  readonly commandId: string;
  readonly mutation: 'sendMessage' | 'addReaction' | 'removeReaction' | 'markRead' | 'joinRoom' | 'leaveRoom';
  readonly roomId: string;
  /** The input of the mutation, without the commandId. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly user: Credentials;
  /** In the order of their arrival. */
  readonly answers: ObservedReceipt[];
}

export interface ObservedReceipt {
  readonly status: 'ACCEPTED' | 'SUCCEEDED' | 'REJECTED';
  readonly position: string | null;
  readonly code: string | null;
  readonly seq: number | null;
}

export interface Credentials {
  readonly userId: string;
  readonly token: string;
}

export interface HeardEvent {
  readonly __typename: string;
  readonly position: string;
  readonly message?: { readonly seq: number; readonly body: string };
  readonly messageId?: string;
  readonly emoji?: string;
  readonly userId?: string;
  readonly user?: { readonly id: string };
}

/** One subscriber of one room, over all of its subscriptions. */
export interface HeardRoom {
  readonly roomId: string;
  /** The position where it began. */
  readonly from: string;
  readonly events: HeardEvent[];
}

export const createHistory = (): History => ({
  commands: new Map(),
  subscribers: [],
  read: new Map(),
  counts: { again: new Map(), reads: 0, refusals: 0, resumed: 0, messagesRead: 0 },
  wrong: [],
  losses: [],
  observedAt: new WeakMap(),
});

/** Records the time of an answer. */
export function observed<T extends object>({ observedAt }: History, what: T): T {
  observedAt.set(what, performance.now());
  return what;
}

/** Whether an answer may depend on events that PostgreSQL has lost. */
export function mayBeLost({ observedAt, losses }: History, what: object): boolean {
  const at = observedAt.get(what);
  return at !== undefined && losses.some(({ from, to }) => at >= from && at <= to);
}

export const countAgain = ({ counts }: History, why: string): void =>
  void counts.again.set(why, (counts.again.get(why) ?? 0) + 1);
