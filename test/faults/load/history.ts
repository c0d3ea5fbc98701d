/** Everything that clients were told, put down as they were told it. */
export interface History {
  /** By commandId. */
  readonly commands: Map<string, SentCommand>;
  readonly subscribers: HeardRoom[];
  /** By room, then by seq: each message as somebody read it first. */
  readonly read: Map<string, Map<number, ReadMessage>>;
  readonly counts: Counts;
  /** What nobody should have been told, in words. */
  readonly wrong: string[];
  /**
   * Times in which PostgreSQL stored what was then lost with it. What was told in one of them is true no more, or may
   * be.
   */
  readonly losses: Loss[];
  /** When something was told, by what was told. */
  readonly toldAt: WeakMap<object, number>;
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
  /** Answers that say to try again, by their code; and connections that broke. */
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
  /** In the order in which the answers came. */
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

/** One subscriber of one room, over all the subscriptions that it took. */
export interface HeardRoom {
  readonly roomId: string;
  /** Where it began. */
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
  toldAt: new WeakMap(),
});

/** Notes when it was told. */
export function observed<T extends object>({ toldAt }: History, what: T): T {
  toldAt.set(what, performance.now());
  return what;
}

/** Whether what was told follows from what PostgreSQL has lost, or may do so. */
export function mayBeLost({ toldAt, losses }: History, what: object): boolean {
  const at = toldAt.get(what);
  return at !== undefined && losses.some(({ from, to }) => at >= from && at <= to);
}

export const countAgain = ({ counts }: History, why: string): void =>
  void counts.again.set(why, (counts.again.get(why) ?? 0) + 1);
