// Written by `npm run codegen`.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
export type HeatState = 'NORMAL' | 'HOT';

export type CommandStatus = 'ACCEPTED' | 'SUCCEEDED' | 'REJECTED';

export type CampaignState = 'SCHEDULED' | 'OPEN' | 'SOLD_OUT' | 'CLOSED';

export type AdminHeatDecider = 'COUNTS' | 'OVERRIDE';

export type AdminReadModelStore = 'POSTGRES' | 'REDIS';

export type AdminReadModelState = 'LIVE' | 'FILLING' | 'AWAY';

export type AdminDeadLetterState = 'WAITING' | 'APPLIED' | 'DROPPED';

export type AdminNumberName =
  | 'COMMANDS_ACCEPTED'
  | 'COMMANDS_DECIDED'
  | 'COMMANDS_REJECTED'
  | 'MESSAGES'
  | 'EVENTS_PUSHED'
  | 'REQUESTS'
  | 'CPU_SECONDS'
  | 'SUBSCRIBERS'
  | 'CONNECTIONS'
  | 'DECIDER_LAG'
  | 'GIFTICON_QUEUE'
  | 'PROJECTION_LAG'
  | 'FEED_LAG'
  | 'DEAD_LETTERS'
  | 'PARKED_KEYS'
  | 'HOT_ROOMS'
  | 'EVENT_LOOP_DELAY_MS'
  | 'HEAP_BYTES'
  | 'MEMORY_BYTES';

export type AdminNumberKind = 'COUNTER' | 'GAUGE';

export type AdminActionKind =
  | 'REBUILD'
  | 'VERIFY'
  | 'ROLL_BACK'
  | 'ABANDON_REBUILD'
  | 'DROP_KEPT'
  | 'SET_HEAT'
  | 'CLEAR_HEAT'
  | 'RETRY_DEAD_LETTERS'
  | 'DROP_DEAD_LETTERS';

export type AdminActionState = 'REQUESTED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'INTERRUPTED';

export type CreateGifticonCampaignInput = {
  readonly commandId?: string | null | undefined;
  readonly title: string;
  readonly stock: number;
  readonly opensAt?: string | null | undefined;
  readonly closesAt?: string | null | undefined;
};

export type AdminReadModelInput = {
  readonly commandId?: string | null | undefined;
  readonly name: string;
  readonly dryRun?: boolean | null | undefined;
};

export type AdminDeadLettersInput = {
  readonly commandId?: string | null | undefined;
  readonly ids?: ReadonlyArray<string> | null | undefined;
  readonly source?: string | null | undefined;
  readonly expected?: number | null | undefined;
  readonly dryRun?: boolean | null | undefined;
};

export type AdminSetRoomHeatInput = {
  readonly commandId?: string | null | undefined;
  readonly roomId: string;
  readonly state: HeatState;
  readonly seconds: number;
};

export type AdminRoomInput = {
  readonly commandId?: string | null | undefined;
  readonly roomId: string;
};

export type AdminCampaignInput = {
  readonly commandId?: string | null | undefined;
  readonly campaignId: string;
};

export type AdminLoadGifticonCodesInput = {
  readonly commandId?: string | null | undefined;
  readonly campaignId: string;
  readonly codes: ReadonlyArray<string>;
};

export type UserPartsFragment = { readonly id: string; readonly handle: string; readonly name: string };

export type PagePartsFragment = { readonly hasNextPage: boolean; readonly endCursor: string | null };

export type ReceiptPartsFragment = {
  readonly commandId: string;
  readonly status: CommandStatus;
  readonly rejection: { readonly code: string; readonly message: string } | null;
};

export type ActionPartsFragment = {
  readonly commandId: string;
  readonly kind: AdminActionKind;
  readonly target: string;
  readonly input: string;
  readonly state: AdminActionState;
  readonly result: string | null;
  readonly message: string | null;
  readonly requestedAt: string;
  readonly endedAt: string | null;
  readonly runner: string | null;
  readonly by: { readonly id: string; readonly handle: string; readonly name: string } | null;
  readonly progress: {
    readonly phase: string;
    readonly done: number;
    readonly total: number;
    readonly perSecond: number;
    readonly secondsLeft: number | null;
  } | null;
  readonly counts: ReadonlyArray<{ readonly name: string; readonly value: number }>;
  readonly verifications: ReadonlyArray<{
    readonly readModel: string;
    readonly version: number;
    readonly equal: boolean;
    readonly rows: number;
    readonly missing: number;
    readonly extra: number;
    readonly altered: number;
    readonly countedAll: boolean;
    readonly seconds: number;
    readonly examples: ReadonlyArray<{ readonly kind: string; readonly where: string; readonly key: string }>;
  }>;
};

export type ReadModelPartsFragment = {
  readonly name: string;
  readonly store: AdminReadModelStore;
  readonly state: AdminReadModelState;
  readonly version: number;
  readonly programVersion: number;
  readonly lag: number | null;
  readonly head: number;
  readonly parkedCount: number | null;
  readonly keptVersion: number | null;
  readonly rebuild: {
    readonly version: number;
    readonly phase: string;
    readonly running: boolean;
    readonly done: number;
    readonly total: number;
    readonly perSecond: number;
    readonly secondsLeft: number | null;
    readonly by: string;
    readonly startedAt: string;
  } | null;
};

export type RoomHeatPartsFragment = {
  readonly state: HeatState;
  readonly fetchesPerSecond: number;
  readonly paceMs: number;
  readonly until: string | null;
  readonly by: AdminHeatDecider;
};

export type AdminRoomPartsFragment = {
  readonly id: string;
  readonly title: string;
  readonly createdAt: string;
  readonly memberCount: number;
  readonly lastSeq: number;
  readonly heat: {
    readonly state: HeatState;
    readonly fetchesPerSecond: number;
    readonly paceMs: number;
    readonly until: string | null;
    readonly by: AdminHeatDecider;
  } | null;
};

export type LogPartsFragment = {
  readonly position: string;
  readonly at: string;
  readonly type: string;
  readonly data: string;
  readonly isReadable: boolean;
  readonly version: number;
  readonly commandId: string;
  readonly traceId: string;
};

export type DeadLetterPartsFragment = {
  readonly id: string;
  readonly state: AdminDeadLetterState;
  readonly source: string;
  readonly readModel: string | null;
  readonly partition: number;
  readonly place: number;
  readonly key: string | null;
  readonly reason: string;
  readonly payload: string;
  readonly payloadLength: number;
  readonly at: string;
  readonly requestedAt: string | null;
  readonly tries: number;
  readonly triedAt: string | null;
  readonly closedAt: string | null;
};

export type CampaignPartsFragment = {
  readonly id: string;
  readonly createdAt: string;
  readonly generated: number;
  readonly partition: number;
  readonly live: {
    readonly id: string;
    readonly title: string;
    readonly stock: number;
    readonly issued: number;
    readonly queued: number;
    readonly state: CampaignState;
    readonly opensAt: string;
    readonly closesAt: string | null;
    readonly drainRatePerSecond: number;
    readonly paused: boolean;
  } | null;
};

export type ProcessesQueryVariables = Exact<{ [key: string]: never }>;

export type ProcessesQuery = {
  readonly admin: {
    readonly deadLetterCount: number;
    readonly processes: {
      readonly isComplete: boolean;
      readonly nodes: ReadonlyArray<{
        readonly id: string;
        readonly answering: boolean;
        readonly host: string;
        readonly pid: number;
        readonly roles: ReadonlyArray<string>;
        readonly version: string;
        readonly startedAt: string;
        readonly at: string;
        readonly ready: boolean;
        readonly reasons: ReadonlyArray<string>;
        readonly dependencies: ReadonlyArray<{ readonly name: string; readonly up: boolean }>;
        readonly numbers: ReadonlyArray<{
          readonly name: AdminNumberName;
          readonly kind: AdminNumberKind;
          readonly value: number | null;
        }>;
        readonly errors: ReadonlyArray<{ readonly code: string; readonly total: number }>;
      }>;
    };
  } | null;
};

export type RoomsQueryVariables = Exact<{
  title?: string | null | undefined;
  after?: string | null | undefined;
}>;

export type RoomsQuery = {
  readonly admin: {
    readonly rooms: {
      readonly nodes: ReadonlyArray<{
        readonly id: string;
        readonly title: string;
        readonly createdAt: string;
        readonly memberCount: number;
        readonly lastSeq: number;
        readonly heat: {
          readonly state: HeatState;
          readonly fetchesPerSecond: number;
          readonly paceMs: number;
          readonly until: string | null;
          readonly by: AdminHeatDecider;
        } | null;
      }>;
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  } | null;
};

export type HottestRoomsQueryVariables = Exact<{ [key: string]: never }>;

export type HottestRoomsQuery = {
  readonly admin: {
    readonly hottestRooms: {
      readonly isDecided: boolean;
      readonly rooms: ReadonlyArray<{
        readonly id: string;
        readonly title: string;
        readonly createdAt: string;
        readonly memberCount: number;
        readonly lastSeq: number;
        readonly heat: {
          readonly state: HeatState;
          readonly fetchesPerSecond: number;
          readonly paceMs: number;
          readonly until: string | null;
          readonly by: AdminHeatDecider;
        } | null;
      }>;
    } | null;
  } | null;
};

export type RoomQueryVariables = Exact<{
  id: string;
}>;

export type RoomQuery = {
  readonly admin: {
    readonly room: {
      readonly id: string;
      readonly title: string;
      readonly createdAt: string;
      readonly memberCount: number;
      readonly lastSeq: number;
      readonly createdBy: { readonly id: string; readonly handle: string; readonly name: string };
      readonly heat: {
        readonly state: HeatState;
        readonly fetchesPerSecond: number;
        readonly paceMs: number;
        readonly until: string | null;
        readonly by: AdminHeatDecider;
      } | null;
    } | null;
  } | null;
};

export type RoomLogQueryVariables = Exact<{
  id: string;
  after?: string | null | undefined;
  before?: string | null | undefined;
}>;

export type RoomLogQuery = {
  readonly admin: {
    readonly room: {
      readonly id: string;
      readonly log: {
        readonly hasMore: boolean;
        readonly entries: ReadonlyArray<{
          readonly position: string;
          readonly at: string;
          readonly type: string;
          readonly data: string;
          readonly isReadable: boolean;
          readonly version: number;
          readonly commandId: string;
          readonly traceId: string;
        }>;
      };
    } | null;
  } | null;
};

export type ReadModelsQueryVariables = Exact<{ [key: string]: never }>;

export type ReadModelsQuery = {
  readonly admin: {
    readonly readModels: ReadonlyArray<{
      readonly name: string;
      readonly store: AdminReadModelStore;
      readonly state: AdminReadModelState;
      readonly version: number;
      readonly programVersion: number;
      readonly lag: number | null;
      readonly head: number;
      readonly parkedCount: number | null;
      readonly keptVersion: number | null;
      readonly rebuild: {
        readonly version: number;
        readonly phase: string;
        readonly running: boolean;
        readonly done: number;
        readonly total: number;
        readonly perSecond: number;
        readonly secondsLeft: number | null;
        readonly by: string;
        readonly startedAt: string;
      } | null;
    }>;
  } | null;
};

export type ReadModelQueryVariables = Exact<{
  name: string;
}>;

export type ReadModelQuery = {
  readonly admin: {
    readonly readModel: {
      readonly name: string;
      readonly store: AdminReadModelStore;
      readonly state: AdminReadModelState;
      readonly version: number;
      readonly programVersion: number;
      readonly lag: number | null;
      readonly head: number;
      readonly parkedCount: number | null;
      readonly keptVersion: number | null;
      readonly partitions: ReadonlyArray<{
        readonly partition: number;
        readonly position: number | null;
        readonly head: number;
        readonly lag: number | null;
      }>;
      readonly rebuild: {
        readonly version: number;
        readonly phase: string;
        readonly running: boolean;
        readonly done: number;
        readonly total: number;
        readonly perSecond: number;
        readonly secondsLeft: number | null;
        readonly by: string;
        readonly startedAt: string;
      } | null;
    } | null;
    readonly actions: {
      readonly nodes: ReadonlyArray<{
        readonly commandId: string;
        readonly kind: AdminActionKind;
        readonly target: string;
        readonly input: string;
        readonly state: AdminActionState;
        readonly result: string | null;
        readonly message: string | null;
        readonly requestedAt: string;
        readonly endedAt: string | null;
        readonly runner: string | null;
        readonly by: { readonly id: string; readonly handle: string; readonly name: string } | null;
        readonly progress: {
          readonly phase: string;
          readonly done: number;
          readonly total: number;
          readonly perSecond: number;
          readonly secondsLeft: number | null;
        } | null;
        readonly counts: ReadonlyArray<{ readonly name: string; readonly value: number }>;
        readonly verifications: ReadonlyArray<{
          readonly readModel: string;
          readonly version: number;
          readonly equal: boolean;
          readonly rows: number;
          readonly missing: number;
          readonly extra: number;
          readonly altered: number;
          readonly countedAll: boolean;
          readonly seconds: number;
          readonly examples: ReadonlyArray<{ readonly kind: string; readonly where: string; readonly key: string }>;
        }>;
      }>;
    };
  } | null;
};

export type ParkedKeysQueryVariables = Exact<{
  after?: string | null | undefined;
}>;

export type ParkedKeysQuery = {
  readonly admin: {
    readonly parkedKeys: {
      readonly nodes: ReadonlyArray<{
        readonly readModel: string;
        readonly partition: number;
        readonly key: string;
        readonly position: number;
        readonly deadLetterId: string | null;
        readonly reason: string;
        readonly since: string;
      }>;
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  } | null;
};

export type DeadLettersQueryVariables = Exact<{
  source?: string | null | undefined;
  closed?: boolean | null | undefined;
  after?: string | null | undefined;
}>;

export type DeadLettersQuery = {
  readonly admin: {
    readonly deadLetterCount: number;
    readonly deadLetters: {
      readonly nodes: ReadonlyArray<{
        readonly id: string;
        readonly state: AdminDeadLetterState;
        readonly source: string;
        readonly readModel: string | null;
        readonly partition: number;
        readonly place: number;
        readonly key: string | null;
        readonly reason: string;
        readonly payload: string;
        readonly payloadLength: number;
        readonly at: string;
        readonly requestedAt: string | null;
        readonly tries: number;
        readonly triedAt: string | null;
        readonly closedAt: string | null;
      }>;
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  } | null;
};

export type DeadLetterEffectQueryVariables = Exact<{
  id: string;
}>;

export type DeadLetterEffectQuery = {
  readonly admin: { readonly deadLetter: { readonly id: string; readonly waitingBehind: number } | null } | null;
};

export type CampaignsQueryVariables = Exact<{
  after?: string | null | undefined;
}>;

export type CampaignsQuery = {
  readonly admin: {
    readonly campaigns: {
      readonly nodes: ReadonlyArray<{
        readonly id: string;
        readonly createdAt: string;
        readonly generated: number;
        readonly partition: number;
        readonly live: {
          readonly id: string;
          readonly title: string;
          readonly stock: number;
          readonly issued: number;
          readonly queued: number;
          readonly state: CampaignState;
          readonly opensAt: string;
          readonly closesAt: string | null;
          readonly drainRatePerSecond: number;
          readonly paused: boolean;
        } | null;
      }>;
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  } | null;
};

export type CampaignQueryVariables = Exact<{
  id: string;
}>;

export type CampaignQuery = {
  readonly admin: {
    readonly campaign: {
      readonly id: string;
      readonly createdAt: string;
      readonly generated: number;
      readonly partition: number;
      readonly holdsUp: ReadonlyArray<{ readonly id: string; readonly title: string }>;
      readonly live: {
        readonly id: string;
        readonly title: string;
        readonly stock: number;
        readonly issued: number;
        readonly queued: number;
        readonly state: CampaignState;
        readonly opensAt: string;
        readonly closesAt: string | null;
        readonly drainRatePerSecond: number;
        readonly paused: boolean;
      } | null;
    } | null;
  } | null;
};

export type ActionsQueryVariables = Exact<{
  after?: string | null | undefined;
}>;

export type ActionsQuery = {
  readonly admin: {
    readonly actions: {
      readonly nodes: ReadonlyArray<{
        readonly commandId: string;
        readonly kind: AdminActionKind;
        readonly target: string;
        readonly input: string;
        readonly state: AdminActionState;
        readonly result: string | null;
        readonly message: string | null;
        readonly requestedAt: string;
        readonly endedAt: string | null;
        readonly runner: string | null;
        readonly by: { readonly id: string; readonly handle: string; readonly name: string } | null;
        readonly progress: {
          readonly phase: string;
          readonly done: number;
          readonly total: number;
          readonly perSecond: number;
          readonly secondsLeft: number | null;
        } | null;
        readonly counts: ReadonlyArray<{ readonly name: string; readonly value: number }>;
        readonly verifications: ReadonlyArray<{
          readonly readModel: string;
          readonly version: number;
          readonly equal: boolean;
          readonly rows: number;
          readonly missing: number;
          readonly extra: number;
          readonly altered: number;
          readonly countedAll: boolean;
          readonly seconds: number;
          readonly examples: ReadonlyArray<{ readonly kind: string; readonly where: string; readonly key: string }>;
        }>;
      }>;
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  } | null;
};

export type ActionQueryVariables = Exact<{
  commandId: string;
}>;

export type ActionQuery = {
  readonly admin: {
    readonly action: {
      readonly commandId: string;
      readonly kind: AdminActionKind;
      readonly target: string;
      readonly input: string;
      readonly state: AdminActionState;
      readonly result: string | null;
      readonly message: string | null;
      readonly requestedAt: string;
      readonly endedAt: string | null;
      readonly runner: string | null;
      readonly by: { readonly id: string; readonly handle: string; readonly name: string } | null;
      readonly progress: {
        readonly phase: string;
        readonly done: number;
        readonly total: number;
        readonly perSecond: number;
        readonly secondsLeft: number | null;
      } | null;
      readonly counts: ReadonlyArray<{ readonly name: string; readonly value: number }>;
      readonly verifications: ReadonlyArray<{
        readonly readModel: string;
        readonly version: number;
        readonly equal: boolean;
        readonly rows: number;
        readonly missing: number;
        readonly extra: number;
        readonly altered: number;
        readonly countedAll: boolean;
        readonly seconds: number;
        readonly examples: ReadonlyArray<{ readonly kind: string; readonly where: string; readonly key: string }>;
      }>;
    } | null;
  } | null;
};

export type CreateCampaignMutationVariables = Exact<{
  input: CreateGifticonCampaignInput;
}>;

export type CreateCampaignMutation = {
  readonly changed: {
    readonly receipt: {
      readonly commandId: string;
      readonly status: CommandStatus;
      readonly rejection: { readonly code: string; readonly message: string } | null;
    };
    readonly campaign: { readonly id: string } | null;
  };
};

export type AskedPartsFragment = {
  readonly preview: ReadonlyArray<{ readonly name: string; readonly value: number }>;
  readonly action: {
    readonly commandId: string;
    readonly kind: AdminActionKind;
    readonly target: string;
    readonly input: string;
    readonly state: AdminActionState;
    readonly result: string | null;
    readonly message: string | null;
    readonly requestedAt: string;
    readonly endedAt: string | null;
    readonly runner: string | null;
    readonly by: { readonly id: string; readonly handle: string; readonly name: string } | null;
    readonly progress: {
      readonly phase: string;
      readonly done: number;
      readonly total: number;
      readonly perSecond: number;
      readonly secondsLeft: number | null;
    } | null;
    readonly counts: ReadonlyArray<{ readonly name: string; readonly value: number }>;
    readonly verifications: ReadonlyArray<{
      readonly readModel: string;
      readonly version: number;
      readonly equal: boolean;
      readonly rows: number;
      readonly missing: number;
      readonly extra: number;
      readonly altered: number;
      readonly countedAll: boolean;
      readonly seconds: number;
      readonly examples: ReadonlyArray<{ readonly kind: string; readonly where: string; readonly key: string }>;
    }>;
  } | null;
};

export type CampaignAnswerPartsFragment = {
  readonly receipt: {
    readonly commandId: string;
    readonly status: CommandStatus;
    readonly rejection: { readonly code: string; readonly message: string } | null;
  };
  readonly campaign: { readonly id: string; readonly stock: number; readonly paused: boolean } | null;
};

export type RebuildReadModelMutationVariables = Exact<{
  input: AdminReadModelInput;
}>;

export type RebuildReadModelMutation = {
  readonly asked: {
    readonly preview: ReadonlyArray<{ readonly name: string; readonly value: number }>;
    readonly action: {
      readonly commandId: string;
      readonly kind: AdminActionKind;
      readonly target: string;
      readonly input: string;
      readonly state: AdminActionState;
      readonly result: string | null;
      readonly message: string | null;
      readonly requestedAt: string;
      readonly endedAt: string | null;
      readonly runner: string | null;
      readonly by: { readonly id: string; readonly handle: string; readonly name: string } | null;
      readonly progress: {
        readonly phase: string;
        readonly done: number;
        readonly total: number;
        readonly perSecond: number;
        readonly secondsLeft: number | null;
      } | null;
      readonly counts: ReadonlyArray<{ readonly name: string; readonly value: number }>;
      readonly verifications: ReadonlyArray<{
        readonly readModel: string;
        readonly version: number;
        readonly equal: boolean;
        readonly rows: number;
        readonly missing: number;
        readonly extra: number;
        readonly altered: number;
        readonly countedAll: boolean;
        readonly seconds: number;
        readonly examples: ReadonlyArray<{ readonly kind: string; readonly where: string; readonly key: string }>;
      }>;
    } | null;
  };
};

export type VerifyReadModelMutationVariables = Exact<{
  input: AdminReadModelInput;
}>;

export type VerifyReadModelMutation = {
  readonly asked: {
    readonly preview: ReadonlyArray<{ readonly name: string; readonly value: number }>;
    readonly action: {
      readonly commandId: string;
      readonly kind: AdminActionKind;
      readonly target: string;
      readonly input: string;
      readonly state: AdminActionState;
      readonly result: string | null;
      readonly message: string | null;
      readonly requestedAt: string;
      readonly endedAt: string | null;
      readonly runner: string | null;
      readonly by: { readonly id: string; readonly handle: string; readonly name: string } | null;
      readonly progress: {
        readonly phase: string;
        readonly done: number;
        readonly total: number;
        readonly perSecond: number;
        readonly secondsLeft: number | null;
      } | null;
      readonly counts: ReadonlyArray<{ readonly name: string; readonly value: number }>;
      readonly verifications: ReadonlyArray<{
        readonly readModel: string;
        readonly version: number;
        readonly equal: boolean;
        readonly rows: number;
        readonly missing: number;
        readonly extra: number;
        readonly altered: number;
        readonly countedAll: boolean;
        readonly seconds: number;
        readonly examples: ReadonlyArray<{ readonly kind: string; readonly where: string; readonly key: string }>;
      }>;
    } | null;
  };
};

export type RollBackReadModelMutationVariables = Exact<{
  input: AdminReadModelInput;
}>;

export type RollBackReadModelMutation = {
  readonly asked: {
    readonly preview: ReadonlyArray<{ readonly name: string; readonly value: number }>;
    readonly action: {
      readonly commandId: string;
      readonly kind: AdminActionKind;
      readonly target: string;
      readonly input: string;
      readonly state: AdminActionState;
      readonly result: string | null;
      readonly message: string | null;
      readonly requestedAt: string;
      readonly endedAt: string | null;
      readonly runner: string | null;
      readonly by: { readonly id: string; readonly handle: string; readonly name: string } | null;
      readonly progress: {
        readonly phase: string;
        readonly done: number;
        readonly total: number;
        readonly perSecond: number;
        readonly secondsLeft: number | null;
      } | null;
      readonly counts: ReadonlyArray<{ readonly name: string; readonly value: number }>;
      readonly verifications: ReadonlyArray<{
        readonly readModel: string;
        readonly version: number;
        readonly equal: boolean;
        readonly rows: number;
        readonly missing: number;
        readonly extra: number;
        readonly altered: number;
        readonly countedAll: boolean;
        readonly seconds: number;
        readonly examples: ReadonlyArray<{ readonly kind: string; readonly where: string; readonly key: string }>;
      }>;
    } | null;
  };
};

export type AbandonRebuildMutationVariables = Exact<{
  input: AdminReadModelInput;
}>;

export type AbandonRebuildMutation = {
  readonly asked: {
    readonly preview: ReadonlyArray<{ readonly name: string; readonly value: number }>;
    readonly action: {
      readonly commandId: string;
      readonly kind: AdminActionKind;
      readonly target: string;
      readonly input: string;
      readonly state: AdminActionState;
      readonly result: string | null;
      readonly message: string | null;
      readonly requestedAt: string;
      readonly endedAt: string | null;
      readonly runner: string | null;
      readonly by: { readonly id: string; readonly handle: string; readonly name: string } | null;
      readonly progress: {
        readonly phase: string;
        readonly done: number;
        readonly total: number;
        readonly perSecond: number;
        readonly secondsLeft: number | null;
      } | null;
      readonly counts: ReadonlyArray<{ readonly name: string; readonly value: number }>;
      readonly verifications: ReadonlyArray<{
        readonly readModel: string;
        readonly version: number;
        readonly equal: boolean;
        readonly rows: number;
        readonly missing: number;
        readonly extra: number;
        readonly altered: number;
        readonly countedAll: boolean;
        readonly seconds: number;
        readonly examples: ReadonlyArray<{ readonly kind: string; readonly where: string; readonly key: string }>;
      }>;
    } | null;
  };
};

export type DropKeptReadModelMutationVariables = Exact<{
  input: AdminReadModelInput;
}>;

export type DropKeptReadModelMutation = {
  readonly asked: {
    readonly preview: ReadonlyArray<{ readonly name: string; readonly value: number }>;
    readonly action: {
      readonly commandId: string;
      readonly kind: AdminActionKind;
      readonly target: string;
      readonly input: string;
      readonly state: AdminActionState;
      readonly result: string | null;
      readonly message: string | null;
      readonly requestedAt: string;
      readonly endedAt: string | null;
      readonly runner: string | null;
      readonly by: { readonly id: string; readonly handle: string; readonly name: string } | null;
      readonly progress: {
        readonly phase: string;
        readonly done: number;
        readonly total: number;
        readonly perSecond: number;
        readonly secondsLeft: number | null;
      } | null;
      readonly counts: ReadonlyArray<{ readonly name: string; readonly value: number }>;
      readonly verifications: ReadonlyArray<{
        readonly readModel: string;
        readonly version: number;
        readonly equal: boolean;
        readonly rows: number;
        readonly missing: number;
        readonly extra: number;
        readonly altered: number;
        readonly countedAll: boolean;
        readonly seconds: number;
        readonly examples: ReadonlyArray<{ readonly kind: string; readonly where: string; readonly key: string }>;
      }>;
    } | null;
  };
};

export type RetryDeadLettersMutationVariables = Exact<{
  input: AdminDeadLettersInput;
}>;

export type RetryDeadLettersMutation = {
  readonly asked: {
    readonly preview: ReadonlyArray<{ readonly name: string; readonly value: number }>;
    readonly action: {
      readonly commandId: string;
      readonly kind: AdminActionKind;
      readonly target: string;
      readonly input: string;
      readonly state: AdminActionState;
      readonly result: string | null;
      readonly message: string | null;
      readonly requestedAt: string;
      readonly endedAt: string | null;
      readonly runner: string | null;
      readonly by: { readonly id: string; readonly handle: string; readonly name: string } | null;
      readonly progress: {
        readonly phase: string;
        readonly done: number;
        readonly total: number;
        readonly perSecond: number;
        readonly secondsLeft: number | null;
      } | null;
      readonly counts: ReadonlyArray<{ readonly name: string; readonly value: number }>;
      readonly verifications: ReadonlyArray<{
        readonly readModel: string;
        readonly version: number;
        readonly equal: boolean;
        readonly rows: number;
        readonly missing: number;
        readonly extra: number;
        readonly altered: number;
        readonly countedAll: boolean;
        readonly seconds: number;
        readonly examples: ReadonlyArray<{ readonly kind: string; readonly where: string; readonly key: string }>;
      }>;
    } | null;
  };
};

export type DropDeadLettersMutationVariables = Exact<{
  input: AdminDeadLettersInput;
}>;

export type DropDeadLettersMutation = {
  readonly asked: {
    readonly preview: ReadonlyArray<{ readonly name: string; readonly value: number }>;
    readonly action: {
      readonly commandId: string;
      readonly kind: AdminActionKind;
      readonly target: string;
      readonly input: string;
      readonly state: AdminActionState;
      readonly result: string | null;
      readonly message: string | null;
      readonly requestedAt: string;
      readonly endedAt: string | null;
      readonly runner: string | null;
      readonly by: { readonly id: string; readonly handle: string; readonly name: string } | null;
      readonly progress: {
        readonly phase: string;
        readonly done: number;
        readonly total: number;
        readonly perSecond: number;
        readonly secondsLeft: number | null;
      } | null;
      readonly counts: ReadonlyArray<{ readonly name: string; readonly value: number }>;
      readonly verifications: ReadonlyArray<{
        readonly readModel: string;
        readonly version: number;
        readonly equal: boolean;
        readonly rows: number;
        readonly missing: number;
        readonly extra: number;
        readonly altered: number;
        readonly countedAll: boolean;
        readonly seconds: number;
        readonly examples: ReadonlyArray<{ readonly kind: string; readonly where: string; readonly key: string }>;
      }>;
    } | null;
  };
};

export type SetRoomHeatMutationVariables = Exact<{
  input: AdminSetRoomHeatInput;
}>;

export type SetRoomHeatMutation = {
  readonly asked: {
    readonly preview: ReadonlyArray<{ readonly name: string; readonly value: number }>;
    readonly action: {
      readonly commandId: string;
      readonly kind: AdminActionKind;
      readonly target: string;
      readonly input: string;
      readonly state: AdminActionState;
      readonly result: string | null;
      readonly message: string | null;
      readonly requestedAt: string;
      readonly endedAt: string | null;
      readonly runner: string | null;
      readonly by: { readonly id: string; readonly handle: string; readonly name: string } | null;
      readonly progress: {
        readonly phase: string;
        readonly done: number;
        readonly total: number;
        readonly perSecond: number;
        readonly secondsLeft: number | null;
      } | null;
      readonly counts: ReadonlyArray<{ readonly name: string; readonly value: number }>;
      readonly verifications: ReadonlyArray<{
        readonly readModel: string;
        readonly version: number;
        readonly equal: boolean;
        readonly rows: number;
        readonly missing: number;
        readonly extra: number;
        readonly altered: number;
        readonly countedAll: boolean;
        readonly seconds: number;
        readonly examples: ReadonlyArray<{ readonly kind: string; readonly where: string; readonly key: string }>;
      }>;
    } | null;
  };
};

export type ClearRoomHeatMutationVariables = Exact<{
  input: AdminRoomInput;
}>;

export type ClearRoomHeatMutation = {
  readonly asked: {
    readonly preview: ReadonlyArray<{ readonly name: string; readonly value: number }>;
    readonly action: {
      readonly commandId: string;
      readonly kind: AdminActionKind;
      readonly target: string;
      readonly input: string;
      readonly state: AdminActionState;
      readonly result: string | null;
      readonly message: string | null;
      readonly requestedAt: string;
      readonly endedAt: string | null;
      readonly runner: string | null;
      readonly by: { readonly id: string; readonly handle: string; readonly name: string } | null;
      readonly progress: {
        readonly phase: string;
        readonly done: number;
        readonly total: number;
        readonly perSecond: number;
        readonly secondsLeft: number | null;
      } | null;
      readonly counts: ReadonlyArray<{ readonly name: string; readonly value: number }>;
      readonly verifications: ReadonlyArray<{
        readonly readModel: string;
        readonly version: number;
        readonly equal: boolean;
        readonly rows: number;
        readonly missing: number;
        readonly extra: number;
        readonly altered: number;
        readonly countedAll: boolean;
        readonly seconds: number;
        readonly examples: ReadonlyArray<{ readonly kind: string; readonly where: string; readonly key: string }>;
      }>;
    } | null;
  };
};

export type PauseCampaignMutationVariables = Exact<{
  input: AdminCampaignInput;
}>;

export type PauseCampaignMutation = {
  readonly changed: {
    readonly receipt: {
      readonly commandId: string;
      readonly status: CommandStatus;
      readonly rejection: { readonly code: string; readonly message: string } | null;
    };
    readonly campaign: { readonly id: string; readonly stock: number; readonly paused: boolean } | null;
  };
};

export type ResumeCampaignMutationVariables = Exact<{
  input: AdminCampaignInput;
}>;

export type ResumeCampaignMutation = {
  readonly changed: {
    readonly receipt: {
      readonly commandId: string;
      readonly status: CommandStatus;
      readonly rejection: { readonly code: string; readonly message: string } | null;
    };
    readonly campaign: { readonly id: string; readonly stock: number; readonly paused: boolean } | null;
  };
};

export type LoadGifticonCodesMutationVariables = Exact<{
  input: AdminLoadGifticonCodesInput;
}>;

export type LoadGifticonCodesMutation = {
  readonly changed: {
    readonly receipt: {
      readonly commandId: string;
      readonly status: CommandStatus;
      readonly rejection: { readonly code: string; readonly message: string } | null;
    };
    readonly campaign: { readonly id: string; readonly stock: number; readonly paused: boolean } | null;
  };
};

export const PagePartsFragmentDoc = {
  kind: 'Document',
  definitions: [
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'PageParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'PageInfo' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'hasNextPage' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endCursor' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<PagePartsFragment, unknown>;
export const ReadModelPartsFragmentDoc = {
  kind: 'Document',
  definitions: [
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ReadModelParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminReadModel' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
          { kind: 'Field', name: { kind: 'Name', value: 'store' } },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          { kind: 'Field', name: { kind: 'Name', value: 'version' } },
          { kind: 'Field', name: { kind: 'Name', value: 'programVersion' } },
          { kind: 'Field', name: { kind: 'Name', value: 'lag' } },
          { kind: 'Field', name: { kind: 'Name', value: 'head' } },
          { kind: 'Field', name: { kind: 'Name', value: 'parkedCount' } },
          { kind: 'Field', name: { kind: 'Name', value: 'keptVersion' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'rebuild' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'version' } },
                { kind: 'Field', name: { kind: 'Name', value: 'phase' } },
                { kind: 'Field', name: { kind: 'Name', value: 'running' } },
                { kind: 'Field', name: { kind: 'Name', value: 'done' } },
                { kind: 'Field', name: { kind: 'Name', value: 'total' } },
                { kind: 'Field', name: { kind: 'Name', value: 'perSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'secondsLeft' } },
                { kind: 'Field', name: { kind: 'Name', value: 'by' } },
                { kind: 'Field', name: { kind: 'Name', value: 'startedAt' } },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<ReadModelPartsFragment, unknown>;
export const RoomHeatPartsFragmentDoc = {
  kind: 'Document',
  definitions: [
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'RoomHeatParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminRoomHeat' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          { kind: 'Field', name: { kind: 'Name', value: 'fetchesPerSecond' } },
          { kind: 'Field', name: { kind: 'Name', value: 'paceMs' } },
          { kind: 'Field', name: { kind: 'Name', value: 'until' } },
          { kind: 'Field', name: { kind: 'Name', value: 'by' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<RoomHeatPartsFragment, unknown>;
export const AdminRoomPartsFragmentDoc = {
  kind: 'Document',
  definitions: [
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'AdminRoomParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminRoom' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'title' } },
          { kind: 'Field', name: { kind: 'Name', value: 'createdAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'memberCount' } },
          { kind: 'Field', name: { kind: 'Name', value: 'lastSeq' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'heat' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'RoomHeatParts' } }],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'RoomHeatParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminRoomHeat' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          { kind: 'Field', name: { kind: 'Name', value: 'fetchesPerSecond' } },
          { kind: 'Field', name: { kind: 'Name', value: 'paceMs' } },
          { kind: 'Field', name: { kind: 'Name', value: 'until' } },
          { kind: 'Field', name: { kind: 'Name', value: 'by' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<AdminRoomPartsFragment, unknown>;
export const LogPartsFragmentDoc = {
  kind: 'Document',
  definitions: [
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'LogParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminLogEntry' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'position' } },
          { kind: 'Field', name: { kind: 'Name', value: 'at' } },
          { kind: 'Field', name: { kind: 'Name', value: 'type' } },
          { kind: 'Field', name: { kind: 'Name', value: 'data' } },
          { kind: 'Field', name: { kind: 'Name', value: 'isReadable' } },
          { kind: 'Field', name: { kind: 'Name', value: 'version' } },
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'traceId' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<LogPartsFragment, unknown>;
export const DeadLetterPartsFragmentDoc = {
  kind: 'Document',
  definitions: [
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'DeadLetterParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminDeadLetter' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          { kind: 'Field', name: { kind: 'Name', value: 'source' } },
          { kind: 'Field', name: { kind: 'Name', value: 'readModel' } },
          { kind: 'Field', name: { kind: 'Name', value: 'partition' } },
          { kind: 'Field', name: { kind: 'Name', value: 'place' } },
          { kind: 'Field', name: { kind: 'Name', value: 'key' } },
          { kind: 'Field', name: { kind: 'Name', value: 'reason' } },
          { kind: 'Field', name: { kind: 'Name', value: 'payload' } },
          { kind: 'Field', name: { kind: 'Name', value: 'payloadLength' } },
          { kind: 'Field', name: { kind: 'Name', value: 'at' } },
          { kind: 'Field', name: { kind: 'Name', value: 'requestedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'tries' } },
          { kind: 'Field', name: { kind: 'Name', value: 'triedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'closedAt' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<DeadLetterPartsFragment, unknown>;
export const CampaignPartsFragmentDoc = {
  kind: 'Document',
  definitions: [
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'CampaignParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminCampaign' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'createdAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'generated' } },
          { kind: 'Field', name: { kind: 'Name', value: 'partition' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'live' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                { kind: 'Field', name: { kind: 'Name', value: 'title' } },
                { kind: 'Field', name: { kind: 'Name', value: 'stock' } },
                { kind: 'Field', name: { kind: 'Name', value: 'issued' } },
                { kind: 'Field', name: { kind: 'Name', value: 'queued' } },
                { kind: 'Field', name: { kind: 'Name', value: 'state' } },
                { kind: 'Field', name: { kind: 'Name', value: 'opensAt' } },
                { kind: 'Field', name: { kind: 'Name', value: 'closesAt' } },
                { kind: 'Field', name: { kind: 'Name', value: 'drainRatePerSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'paused' } },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<CampaignPartsFragment, unknown>;
export const UserPartsFragmentDoc = {
  kind: 'Document',
  definitions: [
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'UserParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'User' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'handle' } },
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<UserPartsFragment, unknown>;
export const ActionPartsFragmentDoc = {
  kind: 'Document',
  definitions: [
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ActionParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminAction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
          { kind: 'Field', name: { kind: 'Name', value: 'target' } },
          { kind: 'Field', name: { kind: 'Name', value: 'input' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'by' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'UserParts' } }],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'progress' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'phase' } },
                { kind: 'Field', name: { kind: 'Name', value: 'done' } },
                { kind: 'Field', name: { kind: 'Name', value: 'total' } },
                { kind: 'Field', name: { kind: 'Name', value: 'perSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'secondsLeft' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'result' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'counts' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'verifications' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'readModel' } },
                { kind: 'Field', name: { kind: 'Name', value: 'version' } },
                { kind: 'Field', name: { kind: 'Name', value: 'equal' } },
                { kind: 'Field', name: { kind: 'Name', value: 'rows' } },
                { kind: 'Field', name: { kind: 'Name', value: 'missing' } },
                { kind: 'Field', name: { kind: 'Name', value: 'extra' } },
                { kind: 'Field', name: { kind: 'Name', value: 'altered' } },
                { kind: 'Field', name: { kind: 'Name', value: 'countedAll' } },
                { kind: 'Field', name: { kind: 'Name', value: 'seconds' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'examples' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'where' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'key' } },
                    ],
                  },
                },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'requestedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'runner' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'UserParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'User' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'handle' } },
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<ActionPartsFragment, unknown>;
export const AskedPartsFragmentDoc = {
  kind: 'Document',
  definitions: [
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'AskedParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminActionPayload' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'preview' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'action' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ActionParts' } }],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'UserParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'User' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'handle' } },
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ActionParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminAction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
          { kind: 'Field', name: { kind: 'Name', value: 'target' } },
          { kind: 'Field', name: { kind: 'Name', value: 'input' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'by' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'UserParts' } }],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'progress' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'phase' } },
                { kind: 'Field', name: { kind: 'Name', value: 'done' } },
                { kind: 'Field', name: { kind: 'Name', value: 'total' } },
                { kind: 'Field', name: { kind: 'Name', value: 'perSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'secondsLeft' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'result' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'counts' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'verifications' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'readModel' } },
                { kind: 'Field', name: { kind: 'Name', value: 'version' } },
                { kind: 'Field', name: { kind: 'Name', value: 'equal' } },
                { kind: 'Field', name: { kind: 'Name', value: 'rows' } },
                { kind: 'Field', name: { kind: 'Name', value: 'missing' } },
                { kind: 'Field', name: { kind: 'Name', value: 'extra' } },
                { kind: 'Field', name: { kind: 'Name', value: 'altered' } },
                { kind: 'Field', name: { kind: 'Name', value: 'countedAll' } },
                { kind: 'Field', name: { kind: 'Name', value: 'seconds' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'examples' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'where' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'key' } },
                    ],
                  },
                },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'requestedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'runner' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<AskedPartsFragment, unknown>;
export const ReceiptPartsFragmentDoc = {
  kind: 'Document',
  definitions: [
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ReceiptParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'CommandReceipt' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'status' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'rejection' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                { kind: 'Field', name: { kind: 'Name', value: 'message' } },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<ReceiptPartsFragment, unknown>;
export const CampaignAnswerPartsFragmentDoc = {
  kind: 'Document',
  definitions: [
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'CampaignAnswerParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminCampaignPayload' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'receipt' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ReceiptParts' } }],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'campaign' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                { kind: 'Field', name: { kind: 'Name', value: 'stock' } },
                { kind: 'Field', name: { kind: 'Name', value: 'paused' } },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ReceiptParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'CommandReceipt' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'status' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'rejection' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                { kind: 'Field', name: { kind: 'Name', value: 'message' } },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<CampaignAnswerPartsFragment, unknown>;
export const ProcessesDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'Processes' },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'admin' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'deadLetterCount' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'processes' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'isComplete' } },
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'nodes' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [
                            { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'answering' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'host' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'pid' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'roles' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'version' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'startedAt' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'at' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'ready' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'reasons' } },
                            {
                              kind: 'Field',
                              name: { kind: 'Name', value: 'dependencies' },
                              selectionSet: {
                                kind: 'SelectionSet',
                                selections: [
                                  { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                                  { kind: 'Field', name: { kind: 'Name', value: 'up' } },
                                ],
                              },
                            },
                            {
                              kind: 'Field',
                              name: { kind: 'Name', value: 'numbers' },
                              selectionSet: {
                                kind: 'SelectionSet',
                                selections: [
                                  { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                                  { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
                                  { kind: 'Field', name: { kind: 'Name', value: 'value' } },
                                ],
                              },
                            },
                            {
                              kind: 'Field',
                              name: { kind: 'Name', value: 'errors' },
                              selectionSet: {
                                kind: 'SelectionSet',
                                selections: [
                                  { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                                  { kind: 'Field', name: { kind: 'Name', value: 'total' } },
                                ],
                              },
                            },
                          ],
                        },
                      },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<ProcessesQuery, ProcessesQueryVariables>;
export const RoomsDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'Rooms' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'title' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'String' } },
        },
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'after' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'String' } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'admin' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'rooms' },
                  arguments: [
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'title' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'title' } },
                    },
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'first' },
                      value: { kind: 'IntValue', value: '20' },
                    },
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'after' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'after' } },
                    },
                  ],
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'nodes' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'AdminRoomParts' } }],
                        },
                      },
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'pageInfo' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'PageParts' } }],
                        },
                      },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'RoomHeatParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminRoomHeat' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          { kind: 'Field', name: { kind: 'Name', value: 'fetchesPerSecond' } },
          { kind: 'Field', name: { kind: 'Name', value: 'paceMs' } },
          { kind: 'Field', name: { kind: 'Name', value: 'until' } },
          { kind: 'Field', name: { kind: 'Name', value: 'by' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'AdminRoomParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminRoom' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'title' } },
          { kind: 'Field', name: { kind: 'Name', value: 'createdAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'memberCount' } },
          { kind: 'Field', name: { kind: 'Name', value: 'lastSeq' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'heat' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'RoomHeatParts' } }],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'PageParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'PageInfo' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'hasNextPage' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endCursor' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<RoomsQuery, RoomsQueryVariables>;
export const HottestRoomsDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'HottestRooms' },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'admin' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'hottestRooms' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'isDecided' } },
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'rooms' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'AdminRoomParts' } }],
                        },
                      },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'RoomHeatParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminRoomHeat' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          { kind: 'Field', name: { kind: 'Name', value: 'fetchesPerSecond' } },
          { kind: 'Field', name: { kind: 'Name', value: 'paceMs' } },
          { kind: 'Field', name: { kind: 'Name', value: 'until' } },
          { kind: 'Field', name: { kind: 'Name', value: 'by' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'AdminRoomParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminRoom' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'title' } },
          { kind: 'Field', name: { kind: 'Name', value: 'createdAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'memberCount' } },
          { kind: 'Field', name: { kind: 'Name', value: 'lastSeq' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'heat' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'RoomHeatParts' } }],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<HottestRoomsQuery, HottestRoomsQueryVariables>;
export const RoomDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'Room' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'id' } },
          type: { kind: 'NonNullType', type: { kind: 'NamedType', name: { kind: 'Name', value: 'ID' } } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'admin' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'room' },
                  arguments: [
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'id' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'id' } },
                    },
                  ],
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'FragmentSpread', name: { kind: 'Name', value: 'AdminRoomParts' } },
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'createdBy' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'UserParts' } }],
                        },
                      },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'RoomHeatParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminRoomHeat' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          { kind: 'Field', name: { kind: 'Name', value: 'fetchesPerSecond' } },
          { kind: 'Field', name: { kind: 'Name', value: 'paceMs' } },
          { kind: 'Field', name: { kind: 'Name', value: 'until' } },
          { kind: 'Field', name: { kind: 'Name', value: 'by' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'AdminRoomParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminRoom' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'title' } },
          { kind: 'Field', name: { kind: 'Name', value: 'createdAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'memberCount' } },
          { kind: 'Field', name: { kind: 'Name', value: 'lastSeq' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'heat' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'RoomHeatParts' } }],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'UserParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'User' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'handle' } },
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<RoomQuery, RoomQueryVariables>;
export const RoomLogDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'RoomLog' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'id' } },
          type: { kind: 'NonNullType', type: { kind: 'NamedType', name: { kind: 'Name', value: 'ID' } } },
        },
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'after' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'Position' } },
        },
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'before' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'Position' } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'admin' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'room' },
                  arguments: [
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'id' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'id' } },
                    },
                  ],
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'log' },
                        arguments: [
                          {
                            kind: 'Argument',
                            name: { kind: 'Name', value: 'first' },
                            value: { kind: 'IntValue', value: '50' },
                          },
                          {
                            kind: 'Argument',
                            name: { kind: 'Name', value: 'after' },
                            value: { kind: 'Variable', name: { kind: 'Name', value: 'after' } },
                          },
                          {
                            kind: 'Argument',
                            name: { kind: 'Name', value: 'before' },
                            value: { kind: 'Variable', name: { kind: 'Name', value: 'before' } },
                          },
                        ],
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [
                            {
                              kind: 'Field',
                              name: { kind: 'Name', value: 'entries' },
                              selectionSet: {
                                kind: 'SelectionSet',
                                selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'LogParts' } }],
                              },
                            },
                            { kind: 'Field', name: { kind: 'Name', value: 'hasMore' } },
                          ],
                        },
                      },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'LogParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminLogEntry' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'position' } },
          { kind: 'Field', name: { kind: 'Name', value: 'at' } },
          { kind: 'Field', name: { kind: 'Name', value: 'type' } },
          { kind: 'Field', name: { kind: 'Name', value: 'data' } },
          { kind: 'Field', name: { kind: 'Name', value: 'isReadable' } },
          { kind: 'Field', name: { kind: 'Name', value: 'version' } },
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'traceId' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<RoomLogQuery, RoomLogQueryVariables>;
export const ReadModelsDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'ReadModels' },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'admin' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'readModels' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ReadModelParts' } }],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ReadModelParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminReadModel' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
          { kind: 'Field', name: { kind: 'Name', value: 'store' } },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          { kind: 'Field', name: { kind: 'Name', value: 'version' } },
          { kind: 'Field', name: { kind: 'Name', value: 'programVersion' } },
          { kind: 'Field', name: { kind: 'Name', value: 'lag' } },
          { kind: 'Field', name: { kind: 'Name', value: 'head' } },
          { kind: 'Field', name: { kind: 'Name', value: 'parkedCount' } },
          { kind: 'Field', name: { kind: 'Name', value: 'keptVersion' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'rebuild' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'version' } },
                { kind: 'Field', name: { kind: 'Name', value: 'phase' } },
                { kind: 'Field', name: { kind: 'Name', value: 'running' } },
                { kind: 'Field', name: { kind: 'Name', value: 'done' } },
                { kind: 'Field', name: { kind: 'Name', value: 'total' } },
                { kind: 'Field', name: { kind: 'Name', value: 'perSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'secondsLeft' } },
                { kind: 'Field', name: { kind: 'Name', value: 'by' } },
                { kind: 'Field', name: { kind: 'Name', value: 'startedAt' } },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<ReadModelsQuery, ReadModelsQueryVariables>;
export const ReadModelDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'ReadModel' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'name' } },
          type: { kind: 'NonNullType', type: { kind: 'NamedType', name: { kind: 'Name', value: 'String' } } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'admin' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'readModel' },
                  arguments: [
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'name' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'name' } },
                    },
                  ],
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'FragmentSpread', name: { kind: 'Name', value: 'ReadModelParts' } },
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'partitions' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [
                            { kind: 'Field', name: { kind: 'Name', value: 'partition' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'position' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'head' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'lag' } },
                          ],
                        },
                      },
                    ],
                  },
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'actions' },
                  arguments: [
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'target' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'name' } },
                    },
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'first' },
                      value: { kind: 'IntValue', value: '10' },
                    },
                  ],
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'nodes' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ActionParts' } }],
                        },
                      },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'UserParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'User' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'handle' } },
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ReadModelParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminReadModel' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
          { kind: 'Field', name: { kind: 'Name', value: 'store' } },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          { kind: 'Field', name: { kind: 'Name', value: 'version' } },
          { kind: 'Field', name: { kind: 'Name', value: 'programVersion' } },
          { kind: 'Field', name: { kind: 'Name', value: 'lag' } },
          { kind: 'Field', name: { kind: 'Name', value: 'head' } },
          { kind: 'Field', name: { kind: 'Name', value: 'parkedCount' } },
          { kind: 'Field', name: { kind: 'Name', value: 'keptVersion' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'rebuild' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'version' } },
                { kind: 'Field', name: { kind: 'Name', value: 'phase' } },
                { kind: 'Field', name: { kind: 'Name', value: 'running' } },
                { kind: 'Field', name: { kind: 'Name', value: 'done' } },
                { kind: 'Field', name: { kind: 'Name', value: 'total' } },
                { kind: 'Field', name: { kind: 'Name', value: 'perSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'secondsLeft' } },
                { kind: 'Field', name: { kind: 'Name', value: 'by' } },
                { kind: 'Field', name: { kind: 'Name', value: 'startedAt' } },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ActionParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminAction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
          { kind: 'Field', name: { kind: 'Name', value: 'target' } },
          { kind: 'Field', name: { kind: 'Name', value: 'input' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'by' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'UserParts' } }],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'progress' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'phase' } },
                { kind: 'Field', name: { kind: 'Name', value: 'done' } },
                { kind: 'Field', name: { kind: 'Name', value: 'total' } },
                { kind: 'Field', name: { kind: 'Name', value: 'perSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'secondsLeft' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'result' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'counts' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'verifications' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'readModel' } },
                { kind: 'Field', name: { kind: 'Name', value: 'version' } },
                { kind: 'Field', name: { kind: 'Name', value: 'equal' } },
                { kind: 'Field', name: { kind: 'Name', value: 'rows' } },
                { kind: 'Field', name: { kind: 'Name', value: 'missing' } },
                { kind: 'Field', name: { kind: 'Name', value: 'extra' } },
                { kind: 'Field', name: { kind: 'Name', value: 'altered' } },
                { kind: 'Field', name: { kind: 'Name', value: 'countedAll' } },
                { kind: 'Field', name: { kind: 'Name', value: 'seconds' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'examples' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'where' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'key' } },
                    ],
                  },
                },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'requestedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'runner' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<ReadModelQuery, ReadModelQueryVariables>;
export const ParkedKeysDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'ParkedKeys' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'after' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'String' } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'admin' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'parkedKeys' },
                  arguments: [
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'first' },
                      value: { kind: 'IntValue', value: '20' },
                    },
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'after' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'after' } },
                    },
                  ],
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'nodes' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [
                            { kind: 'Field', name: { kind: 'Name', value: 'readModel' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'partition' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'key' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'position' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'deadLetterId' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'reason' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'since' } },
                          ],
                        },
                      },
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'pageInfo' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'PageParts' } }],
                        },
                      },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'PageParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'PageInfo' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'hasNextPage' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endCursor' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<ParkedKeysQuery, ParkedKeysQueryVariables>;
export const DeadLettersDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'DeadLetters' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'source' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'String' } },
        },
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'closed' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'Boolean' } },
        },
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'after' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'String' } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'admin' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'deadLetterCount' },
                  arguments: [
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'source' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'source' } },
                    },
                  ],
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'deadLetters' },
                  arguments: [
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'source' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'source' } },
                    },
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'closed' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'closed' } },
                    },
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'first' },
                      value: { kind: 'IntValue', value: '20' },
                    },
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'after' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'after' } },
                    },
                  ],
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'nodes' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'DeadLetterParts' } }],
                        },
                      },
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'pageInfo' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'PageParts' } }],
                        },
                      },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'DeadLetterParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminDeadLetter' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          { kind: 'Field', name: { kind: 'Name', value: 'source' } },
          { kind: 'Field', name: { kind: 'Name', value: 'readModel' } },
          { kind: 'Field', name: { kind: 'Name', value: 'partition' } },
          { kind: 'Field', name: { kind: 'Name', value: 'place' } },
          { kind: 'Field', name: { kind: 'Name', value: 'key' } },
          { kind: 'Field', name: { kind: 'Name', value: 'reason' } },
          { kind: 'Field', name: { kind: 'Name', value: 'payload' } },
          { kind: 'Field', name: { kind: 'Name', value: 'payloadLength' } },
          { kind: 'Field', name: { kind: 'Name', value: 'at' } },
          { kind: 'Field', name: { kind: 'Name', value: 'requestedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'tries' } },
          { kind: 'Field', name: { kind: 'Name', value: 'triedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'closedAt' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'PageParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'PageInfo' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'hasNextPage' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endCursor' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<DeadLettersQuery, DeadLettersQueryVariables>;
export const DeadLetterEffectDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'DeadLetterEffect' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'id' } },
          type: { kind: 'NonNullType', type: { kind: 'NamedType', name: { kind: 'Name', value: 'ID' } } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'admin' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'deadLetter' },
                  arguments: [
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'id' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'id' } },
                    },
                  ],
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'waitingBehind' } },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<DeadLetterEffectQuery, DeadLetterEffectQueryVariables>;
export const CampaignsDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'Campaigns' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'after' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'String' } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'admin' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'campaigns' },
                  arguments: [
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'first' },
                      value: { kind: 'IntValue', value: '20' },
                    },
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'after' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'after' } },
                    },
                  ],
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'nodes' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'CampaignParts' } }],
                        },
                      },
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'pageInfo' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'PageParts' } }],
                        },
                      },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'CampaignParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminCampaign' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'createdAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'generated' } },
          { kind: 'Field', name: { kind: 'Name', value: 'partition' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'live' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                { kind: 'Field', name: { kind: 'Name', value: 'title' } },
                { kind: 'Field', name: { kind: 'Name', value: 'stock' } },
                { kind: 'Field', name: { kind: 'Name', value: 'issued' } },
                { kind: 'Field', name: { kind: 'Name', value: 'queued' } },
                { kind: 'Field', name: { kind: 'Name', value: 'state' } },
                { kind: 'Field', name: { kind: 'Name', value: 'opensAt' } },
                { kind: 'Field', name: { kind: 'Name', value: 'closesAt' } },
                { kind: 'Field', name: { kind: 'Name', value: 'drainRatePerSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'paused' } },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'PageParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'PageInfo' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'hasNextPage' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endCursor' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<CampaignsQuery, CampaignsQueryVariables>;
export const CampaignDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'Campaign' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'id' } },
          type: { kind: 'NonNullType', type: { kind: 'NamedType', name: { kind: 'Name', value: 'ID' } } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'admin' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'campaign' },
                  arguments: [
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'id' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'id' } },
                    },
                  ],
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'FragmentSpread', name: { kind: 'Name', value: 'CampaignParts' } },
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'holdsUp' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [
                            { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'title' } },
                          ],
                        },
                      },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'CampaignParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminCampaign' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'createdAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'generated' } },
          { kind: 'Field', name: { kind: 'Name', value: 'partition' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'live' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                { kind: 'Field', name: { kind: 'Name', value: 'title' } },
                { kind: 'Field', name: { kind: 'Name', value: 'stock' } },
                { kind: 'Field', name: { kind: 'Name', value: 'issued' } },
                { kind: 'Field', name: { kind: 'Name', value: 'queued' } },
                { kind: 'Field', name: { kind: 'Name', value: 'state' } },
                { kind: 'Field', name: { kind: 'Name', value: 'opensAt' } },
                { kind: 'Field', name: { kind: 'Name', value: 'closesAt' } },
                { kind: 'Field', name: { kind: 'Name', value: 'drainRatePerSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'paused' } },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<CampaignQuery, CampaignQueryVariables>;
export const ActionsDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'Actions' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'after' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'String' } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'admin' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'actions' },
                  arguments: [
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'first' },
                      value: { kind: 'IntValue', value: '20' },
                    },
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'after' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'after' } },
                    },
                  ],
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'nodes' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ActionParts' } }],
                        },
                      },
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'pageInfo' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'PageParts' } }],
                        },
                      },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'UserParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'User' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'handle' } },
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ActionParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminAction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
          { kind: 'Field', name: { kind: 'Name', value: 'target' } },
          { kind: 'Field', name: { kind: 'Name', value: 'input' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'by' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'UserParts' } }],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'progress' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'phase' } },
                { kind: 'Field', name: { kind: 'Name', value: 'done' } },
                { kind: 'Field', name: { kind: 'Name', value: 'total' } },
                { kind: 'Field', name: { kind: 'Name', value: 'perSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'secondsLeft' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'result' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'counts' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'verifications' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'readModel' } },
                { kind: 'Field', name: { kind: 'Name', value: 'version' } },
                { kind: 'Field', name: { kind: 'Name', value: 'equal' } },
                { kind: 'Field', name: { kind: 'Name', value: 'rows' } },
                { kind: 'Field', name: { kind: 'Name', value: 'missing' } },
                { kind: 'Field', name: { kind: 'Name', value: 'extra' } },
                { kind: 'Field', name: { kind: 'Name', value: 'altered' } },
                { kind: 'Field', name: { kind: 'Name', value: 'countedAll' } },
                { kind: 'Field', name: { kind: 'Name', value: 'seconds' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'examples' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'where' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'key' } },
                    ],
                  },
                },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'requestedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'runner' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'PageParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'PageInfo' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'hasNextPage' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endCursor' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<ActionsQuery, ActionsQueryVariables>;
export const ActionDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'Action' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'commandId' } },
          type: { kind: 'NonNullType', type: { kind: 'NamedType', name: { kind: 'Name', value: 'ID' } } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'admin' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'action' },
                  arguments: [
                    {
                      kind: 'Argument',
                      name: { kind: 'Name', value: 'commandId' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'commandId' } },
                    },
                  ],
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ActionParts' } }],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'UserParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'User' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'handle' } },
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ActionParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminAction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
          { kind: 'Field', name: { kind: 'Name', value: 'target' } },
          { kind: 'Field', name: { kind: 'Name', value: 'input' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'by' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'UserParts' } }],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'progress' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'phase' } },
                { kind: 'Field', name: { kind: 'Name', value: 'done' } },
                { kind: 'Field', name: { kind: 'Name', value: 'total' } },
                { kind: 'Field', name: { kind: 'Name', value: 'perSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'secondsLeft' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'result' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'counts' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'verifications' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'readModel' } },
                { kind: 'Field', name: { kind: 'Name', value: 'version' } },
                { kind: 'Field', name: { kind: 'Name', value: 'equal' } },
                { kind: 'Field', name: { kind: 'Name', value: 'rows' } },
                { kind: 'Field', name: { kind: 'Name', value: 'missing' } },
                { kind: 'Field', name: { kind: 'Name', value: 'extra' } },
                { kind: 'Field', name: { kind: 'Name', value: 'altered' } },
                { kind: 'Field', name: { kind: 'Name', value: 'countedAll' } },
                { kind: 'Field', name: { kind: 'Name', value: 'seconds' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'examples' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'where' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'key' } },
                    ],
                  },
                },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'requestedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'runner' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<ActionQuery, ActionQueryVariables>;
export const CreateCampaignDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'CreateCampaign' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'CreateGifticonCampaignInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            alias: { kind: 'Name', value: 'changed' },
            name: { kind: 'Name', value: 'createGifticonCampaign' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'receipt' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ReceiptParts' } }],
                  },
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'campaign' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'Field', name: { kind: 'Name', value: 'id' } }],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ReceiptParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'CommandReceipt' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'status' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'rejection' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                { kind: 'Field', name: { kind: 'Name', value: 'message' } },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<CreateCampaignMutation, CreateCampaignMutationVariables>;
export const RebuildReadModelDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'RebuildReadModel' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminReadModelInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            alias: { kind: 'Name', value: 'asked' },
            name: { kind: 'Name', value: 'adminRebuildReadModel' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'AskedParts' } }],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'UserParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'User' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'handle' } },
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ActionParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminAction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
          { kind: 'Field', name: { kind: 'Name', value: 'target' } },
          { kind: 'Field', name: { kind: 'Name', value: 'input' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'by' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'UserParts' } }],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'progress' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'phase' } },
                { kind: 'Field', name: { kind: 'Name', value: 'done' } },
                { kind: 'Field', name: { kind: 'Name', value: 'total' } },
                { kind: 'Field', name: { kind: 'Name', value: 'perSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'secondsLeft' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'result' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'counts' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'verifications' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'readModel' } },
                { kind: 'Field', name: { kind: 'Name', value: 'version' } },
                { kind: 'Field', name: { kind: 'Name', value: 'equal' } },
                { kind: 'Field', name: { kind: 'Name', value: 'rows' } },
                { kind: 'Field', name: { kind: 'Name', value: 'missing' } },
                { kind: 'Field', name: { kind: 'Name', value: 'extra' } },
                { kind: 'Field', name: { kind: 'Name', value: 'altered' } },
                { kind: 'Field', name: { kind: 'Name', value: 'countedAll' } },
                { kind: 'Field', name: { kind: 'Name', value: 'seconds' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'examples' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'where' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'key' } },
                    ],
                  },
                },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'requestedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'runner' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'AskedParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminActionPayload' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'preview' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'action' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ActionParts' } }],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<RebuildReadModelMutation, RebuildReadModelMutationVariables>;
export const VerifyReadModelDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'VerifyReadModel' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminReadModelInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            alias: { kind: 'Name', value: 'asked' },
            name: { kind: 'Name', value: 'adminVerifyReadModel' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'AskedParts' } }],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'UserParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'User' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'handle' } },
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ActionParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminAction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
          { kind: 'Field', name: { kind: 'Name', value: 'target' } },
          { kind: 'Field', name: { kind: 'Name', value: 'input' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'by' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'UserParts' } }],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'progress' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'phase' } },
                { kind: 'Field', name: { kind: 'Name', value: 'done' } },
                { kind: 'Field', name: { kind: 'Name', value: 'total' } },
                { kind: 'Field', name: { kind: 'Name', value: 'perSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'secondsLeft' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'result' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'counts' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'verifications' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'readModel' } },
                { kind: 'Field', name: { kind: 'Name', value: 'version' } },
                { kind: 'Field', name: { kind: 'Name', value: 'equal' } },
                { kind: 'Field', name: { kind: 'Name', value: 'rows' } },
                { kind: 'Field', name: { kind: 'Name', value: 'missing' } },
                { kind: 'Field', name: { kind: 'Name', value: 'extra' } },
                { kind: 'Field', name: { kind: 'Name', value: 'altered' } },
                { kind: 'Field', name: { kind: 'Name', value: 'countedAll' } },
                { kind: 'Field', name: { kind: 'Name', value: 'seconds' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'examples' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'where' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'key' } },
                    ],
                  },
                },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'requestedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'runner' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'AskedParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminActionPayload' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'preview' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'action' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ActionParts' } }],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<VerifyReadModelMutation, VerifyReadModelMutationVariables>;
export const RollBackReadModelDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'RollBackReadModel' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminReadModelInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            alias: { kind: 'Name', value: 'asked' },
            name: { kind: 'Name', value: 'adminRollBackReadModel' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'AskedParts' } }],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'UserParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'User' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'handle' } },
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ActionParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminAction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
          { kind: 'Field', name: { kind: 'Name', value: 'target' } },
          { kind: 'Field', name: { kind: 'Name', value: 'input' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'by' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'UserParts' } }],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'progress' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'phase' } },
                { kind: 'Field', name: { kind: 'Name', value: 'done' } },
                { kind: 'Field', name: { kind: 'Name', value: 'total' } },
                { kind: 'Field', name: { kind: 'Name', value: 'perSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'secondsLeft' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'result' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'counts' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'verifications' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'readModel' } },
                { kind: 'Field', name: { kind: 'Name', value: 'version' } },
                { kind: 'Field', name: { kind: 'Name', value: 'equal' } },
                { kind: 'Field', name: { kind: 'Name', value: 'rows' } },
                { kind: 'Field', name: { kind: 'Name', value: 'missing' } },
                { kind: 'Field', name: { kind: 'Name', value: 'extra' } },
                { kind: 'Field', name: { kind: 'Name', value: 'altered' } },
                { kind: 'Field', name: { kind: 'Name', value: 'countedAll' } },
                { kind: 'Field', name: { kind: 'Name', value: 'seconds' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'examples' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'where' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'key' } },
                    ],
                  },
                },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'requestedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'runner' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'AskedParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminActionPayload' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'preview' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'action' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ActionParts' } }],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<RollBackReadModelMutation, RollBackReadModelMutationVariables>;
export const AbandonRebuildDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'AbandonRebuild' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminReadModelInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            alias: { kind: 'Name', value: 'asked' },
            name: { kind: 'Name', value: 'adminAbandonRebuild' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'AskedParts' } }],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'UserParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'User' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'handle' } },
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ActionParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminAction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
          { kind: 'Field', name: { kind: 'Name', value: 'target' } },
          { kind: 'Field', name: { kind: 'Name', value: 'input' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'by' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'UserParts' } }],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'progress' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'phase' } },
                { kind: 'Field', name: { kind: 'Name', value: 'done' } },
                { kind: 'Field', name: { kind: 'Name', value: 'total' } },
                { kind: 'Field', name: { kind: 'Name', value: 'perSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'secondsLeft' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'result' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'counts' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'verifications' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'readModel' } },
                { kind: 'Field', name: { kind: 'Name', value: 'version' } },
                { kind: 'Field', name: { kind: 'Name', value: 'equal' } },
                { kind: 'Field', name: { kind: 'Name', value: 'rows' } },
                { kind: 'Field', name: { kind: 'Name', value: 'missing' } },
                { kind: 'Field', name: { kind: 'Name', value: 'extra' } },
                { kind: 'Field', name: { kind: 'Name', value: 'altered' } },
                { kind: 'Field', name: { kind: 'Name', value: 'countedAll' } },
                { kind: 'Field', name: { kind: 'Name', value: 'seconds' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'examples' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'where' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'key' } },
                    ],
                  },
                },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'requestedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'runner' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'AskedParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminActionPayload' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'preview' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'action' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ActionParts' } }],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<AbandonRebuildMutation, AbandonRebuildMutationVariables>;
export const DropKeptReadModelDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'DropKeptReadModel' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminReadModelInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            alias: { kind: 'Name', value: 'asked' },
            name: { kind: 'Name', value: 'adminDropKeptReadModel' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'AskedParts' } }],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'UserParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'User' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'handle' } },
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ActionParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminAction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
          { kind: 'Field', name: { kind: 'Name', value: 'target' } },
          { kind: 'Field', name: { kind: 'Name', value: 'input' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'by' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'UserParts' } }],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'progress' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'phase' } },
                { kind: 'Field', name: { kind: 'Name', value: 'done' } },
                { kind: 'Field', name: { kind: 'Name', value: 'total' } },
                { kind: 'Field', name: { kind: 'Name', value: 'perSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'secondsLeft' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'result' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'counts' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'verifications' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'readModel' } },
                { kind: 'Field', name: { kind: 'Name', value: 'version' } },
                { kind: 'Field', name: { kind: 'Name', value: 'equal' } },
                { kind: 'Field', name: { kind: 'Name', value: 'rows' } },
                { kind: 'Field', name: { kind: 'Name', value: 'missing' } },
                { kind: 'Field', name: { kind: 'Name', value: 'extra' } },
                { kind: 'Field', name: { kind: 'Name', value: 'altered' } },
                { kind: 'Field', name: { kind: 'Name', value: 'countedAll' } },
                { kind: 'Field', name: { kind: 'Name', value: 'seconds' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'examples' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'where' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'key' } },
                    ],
                  },
                },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'requestedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'runner' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'AskedParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminActionPayload' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'preview' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'action' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ActionParts' } }],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<DropKeptReadModelMutation, DropKeptReadModelMutationVariables>;
export const RetryDeadLettersDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'RetryDeadLetters' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminDeadLettersInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            alias: { kind: 'Name', value: 'asked' },
            name: { kind: 'Name', value: 'adminRetryDeadLetters' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'AskedParts' } }],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'UserParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'User' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'handle' } },
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ActionParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminAction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
          { kind: 'Field', name: { kind: 'Name', value: 'target' } },
          { kind: 'Field', name: { kind: 'Name', value: 'input' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'by' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'UserParts' } }],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'progress' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'phase' } },
                { kind: 'Field', name: { kind: 'Name', value: 'done' } },
                { kind: 'Field', name: { kind: 'Name', value: 'total' } },
                { kind: 'Field', name: { kind: 'Name', value: 'perSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'secondsLeft' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'result' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'counts' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'verifications' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'readModel' } },
                { kind: 'Field', name: { kind: 'Name', value: 'version' } },
                { kind: 'Field', name: { kind: 'Name', value: 'equal' } },
                { kind: 'Field', name: { kind: 'Name', value: 'rows' } },
                { kind: 'Field', name: { kind: 'Name', value: 'missing' } },
                { kind: 'Field', name: { kind: 'Name', value: 'extra' } },
                { kind: 'Field', name: { kind: 'Name', value: 'altered' } },
                { kind: 'Field', name: { kind: 'Name', value: 'countedAll' } },
                { kind: 'Field', name: { kind: 'Name', value: 'seconds' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'examples' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'where' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'key' } },
                    ],
                  },
                },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'requestedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'runner' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'AskedParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminActionPayload' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'preview' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'action' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ActionParts' } }],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<RetryDeadLettersMutation, RetryDeadLettersMutationVariables>;
export const DropDeadLettersDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'DropDeadLetters' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminDeadLettersInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            alias: { kind: 'Name', value: 'asked' },
            name: { kind: 'Name', value: 'adminDropDeadLetters' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'AskedParts' } }],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'UserParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'User' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'handle' } },
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ActionParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminAction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
          { kind: 'Field', name: { kind: 'Name', value: 'target' } },
          { kind: 'Field', name: { kind: 'Name', value: 'input' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'by' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'UserParts' } }],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'progress' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'phase' } },
                { kind: 'Field', name: { kind: 'Name', value: 'done' } },
                { kind: 'Field', name: { kind: 'Name', value: 'total' } },
                { kind: 'Field', name: { kind: 'Name', value: 'perSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'secondsLeft' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'result' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'counts' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'verifications' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'readModel' } },
                { kind: 'Field', name: { kind: 'Name', value: 'version' } },
                { kind: 'Field', name: { kind: 'Name', value: 'equal' } },
                { kind: 'Field', name: { kind: 'Name', value: 'rows' } },
                { kind: 'Field', name: { kind: 'Name', value: 'missing' } },
                { kind: 'Field', name: { kind: 'Name', value: 'extra' } },
                { kind: 'Field', name: { kind: 'Name', value: 'altered' } },
                { kind: 'Field', name: { kind: 'Name', value: 'countedAll' } },
                { kind: 'Field', name: { kind: 'Name', value: 'seconds' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'examples' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'where' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'key' } },
                    ],
                  },
                },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'requestedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'runner' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'AskedParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminActionPayload' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'preview' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'action' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ActionParts' } }],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<DropDeadLettersMutation, DropDeadLettersMutationVariables>;
export const SetRoomHeatDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'SetRoomHeat' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminSetRoomHeatInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            alias: { kind: 'Name', value: 'asked' },
            name: { kind: 'Name', value: 'adminSetRoomHeat' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'AskedParts' } }],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'UserParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'User' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'handle' } },
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ActionParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminAction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
          { kind: 'Field', name: { kind: 'Name', value: 'target' } },
          { kind: 'Field', name: { kind: 'Name', value: 'input' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'by' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'UserParts' } }],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'progress' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'phase' } },
                { kind: 'Field', name: { kind: 'Name', value: 'done' } },
                { kind: 'Field', name: { kind: 'Name', value: 'total' } },
                { kind: 'Field', name: { kind: 'Name', value: 'perSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'secondsLeft' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'result' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'counts' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'verifications' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'readModel' } },
                { kind: 'Field', name: { kind: 'Name', value: 'version' } },
                { kind: 'Field', name: { kind: 'Name', value: 'equal' } },
                { kind: 'Field', name: { kind: 'Name', value: 'rows' } },
                { kind: 'Field', name: { kind: 'Name', value: 'missing' } },
                { kind: 'Field', name: { kind: 'Name', value: 'extra' } },
                { kind: 'Field', name: { kind: 'Name', value: 'altered' } },
                { kind: 'Field', name: { kind: 'Name', value: 'countedAll' } },
                { kind: 'Field', name: { kind: 'Name', value: 'seconds' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'examples' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'where' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'key' } },
                    ],
                  },
                },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'requestedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'runner' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'AskedParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminActionPayload' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'preview' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'action' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ActionParts' } }],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<SetRoomHeatMutation, SetRoomHeatMutationVariables>;
export const ClearRoomHeatDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'ClearRoomHeat' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: { kind: 'NonNullType', type: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminRoomInput' } } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            alias: { kind: 'Name', value: 'asked' },
            name: { kind: 'Name', value: 'adminClearRoomHeat' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'AskedParts' } }],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'UserParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'User' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'handle' } },
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ActionParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminAction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
          { kind: 'Field', name: { kind: 'Name', value: 'target' } },
          { kind: 'Field', name: { kind: 'Name', value: 'input' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'by' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'UserParts' } }],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'state' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'progress' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'phase' } },
                { kind: 'Field', name: { kind: 'Name', value: 'done' } },
                { kind: 'Field', name: { kind: 'Name', value: 'total' } },
                { kind: 'Field', name: { kind: 'Name', value: 'perSecond' } },
                { kind: 'Field', name: { kind: 'Name', value: 'secondsLeft' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'result' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'counts' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'verifications' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'readModel' } },
                { kind: 'Field', name: { kind: 'Name', value: 'version' } },
                { kind: 'Field', name: { kind: 'Name', value: 'equal' } },
                { kind: 'Field', name: { kind: 'Name', value: 'rows' } },
                { kind: 'Field', name: { kind: 'Name', value: 'missing' } },
                { kind: 'Field', name: { kind: 'Name', value: 'extra' } },
                { kind: 'Field', name: { kind: 'Name', value: 'altered' } },
                { kind: 'Field', name: { kind: 'Name', value: 'countedAll' } },
                { kind: 'Field', name: { kind: 'Name', value: 'seconds' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'examples' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'where' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'key' } },
                    ],
                  },
                },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'requestedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'endedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'runner' } },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'AskedParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminActionPayload' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'preview' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'value' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'action' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ActionParts' } }],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<ClearRoomHeatMutation, ClearRoomHeatMutationVariables>;
export const PauseCampaignDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'PauseCampaign' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminCampaignInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            alias: { kind: 'Name', value: 'changed' },
            name: { kind: 'Name', value: 'adminPauseCampaign' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'CampaignAnswerParts' } }],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ReceiptParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'CommandReceipt' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'status' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'rejection' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                { kind: 'Field', name: { kind: 'Name', value: 'message' } },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'CampaignAnswerParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminCampaignPayload' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'receipt' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ReceiptParts' } }],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'campaign' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                { kind: 'Field', name: { kind: 'Name', value: 'stock' } },
                { kind: 'Field', name: { kind: 'Name', value: 'paused' } },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<PauseCampaignMutation, PauseCampaignMutationVariables>;
export const ResumeCampaignDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'ResumeCampaign' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminCampaignInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            alias: { kind: 'Name', value: 'changed' },
            name: { kind: 'Name', value: 'adminResumeCampaign' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'CampaignAnswerParts' } }],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ReceiptParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'CommandReceipt' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'status' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'rejection' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                { kind: 'Field', name: { kind: 'Name', value: 'message' } },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'CampaignAnswerParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminCampaignPayload' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'receipt' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ReceiptParts' } }],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'campaign' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                { kind: 'Field', name: { kind: 'Name', value: 'stock' } },
                { kind: 'Field', name: { kind: 'Name', value: 'paused' } },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<ResumeCampaignMutation, ResumeCampaignMutationVariables>;
export const LoadGifticonCodesDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'LoadGifticonCodes' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminLoadGifticonCodesInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            alias: { kind: 'Name', value: 'changed' },
            name: { kind: 'Name', value: 'adminLoadGifticonCodes' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'CampaignAnswerParts' } }],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'ReceiptParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'CommandReceipt' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'commandId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'status' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'rejection' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                { kind: 'Field', name: { kind: 'Name', value: 'message' } },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'CampaignAnswerParts' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'AdminCampaignPayload' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'receipt' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'ReceiptParts' } }],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'campaign' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                { kind: 'Field', name: { kind: 'Name', value: 'stock' } },
                { kind: 'Field', name: { kind: 'Name', value: 'paused' } },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<LoadGifticonCodesMutation, LoadGifticonCodesMutationVariables>;
