import type { CommandId, UserId } from '../engine/domain/ids.js';
import { userId } from '../engine/domain/ids.js';
import type { Verified } from '../engine/rebuild/verify.js';

/** The user id of the command-line tool, which is no user of the API: access to the database needs no token. */
export const OPERATOR = userId('operator');

/** Work on the generations of a read model, which takes as long as its events. */
export const READ_MODEL_ACTIONS = ['REBUILD', 'VERIFY', 'ROLL_BACK', 'ABANDON_REBUILD', 'DROP_KEPT'] as const;
export type ReadModelActionKind = (typeof READ_MODEL_ACTIONS)[number];

/** The actions that leave no event. */
export type ActionKind = ReadModelActionKind | 'SET_HEAT' | 'CLEAR_HEAT' | 'RETRY_DEAD_LETTERS' | 'DROP_DEAD_LETTERS';

/**
 * requested ─► running ─► succeeded | failed | interrupted
 *
 * `interrupted`: its process stopped, or a server that it needs was away. What it began stands.
 */
export type ActionState = 'requested' | 'running' | 'succeeded' | 'failed' | 'interrupted';

export interface AskedAction {
  readonly commandId: CommandId;
  /** `OPERATOR` for the command-line tool. */
  readonly operator: UserId;
  readonly via: 'api' | 'cli';
  readonly kind: ActionKind;
  /** The subject of the action: a read model, a room, dead letters. */
  readonly target: string;
  /** What was asked for beside the target: JSON. */
  readonly input: Readonly<Record<string, unknown>>;
}

export interface ActionProgress {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly perSecond: number;
}

/** What an action did: JSON. */
export interface ActionResult {
  /** One line for people. */
  readonly text: string;
  readonly counts: Readonly<Record<string, number>>;
  /** The proofs of a verification, one for each read model. */
  readonly verified?: readonly Verified[];
}

export interface OperatorAction extends AskedAction {
  readonly id: number;
  readonly state: ActionState;
  readonly runner: string | null;
  readonly progress: ActionProgress | null;
  readonly result: ActionResult | null;
  /** Why it failed, or was interrupted. */
  readonly message: string | null;
  readonly requestedAt: Date;
  readonly endedAt: Date | null;
  /** Since it was asked for, by the clock of the database. */
  readonly ageMs: number;
}

export interface ActionsQuery {
  /** Null: of all targets. */
  readonly target: string | null;
  /** Null: from the newest. */
  readonly before: number | null;
  readonly limit: number;
}

/** The commandId belongs to another action, or to one of another operator. */
export class ActionIdReusedError extends Error {
  readonly code = 'COMMAND_ID_REUSED';
  constructor() {
    super('this commandId belongs to another action: make a new one');
  }
}

/** The record of what operators did. Errors of the store come through unchanged. */
export interface OperatorActions {
  /**
   * Records an action, once for each commandId.
   * @param state `requested`: a process that looks for such work takes it. `running`: the caller runs it, if `own`
   * @returns the action of this commandId; `own`: the caller runs it, since it is new, or was interrupted before
   * @throws {ActionIdReusedError}
   */
  begin(
    asked: AskedAction,
    state: 'requested' | 'running',
    runner: string,
  ): Promise<{ readonly action: OperatorAction; readonly own: boolean }>;
  /** Takes the oldest requested action of these kinds. Null without one. No two callers get the same. */
  claim(kinds: readonly ActionKind[], runner: string): Promise<OperatorAction | null>;
  /** Says that the action is still being run. Called every second. */
  beat(id: number, progress: ActionProgress | null): Promise<void>;
  end(id: number, state: 'succeeded' | 'failed' | 'interrupted', outcome: ActionOutcome): Promise<void>;
  find(commandId: CommandId): Promise<OperatorAction | null>;
  /** Newest first. */
  list(query: ActionsQuery): Promise<readonly OperatorAction[]>;
}

export interface ActionOutcome {
  readonly result: ActionResult | null;
  readonly message: string | null;
}
