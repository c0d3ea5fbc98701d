// Written by `npm run codegen`.
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string };
  String: { input: string; output: string };
  Boolean: { input: boolean; output: boolean };
  Int: { input: number; output: number };
  Float: { input: number; output: number };
  DateTime: { input: string; output: string };
  Position: { input: string; output: string };
};

export type Query = {
  readonly __typename?: 'Query';
  readonly me: User;
  readonly room: Maybe<Room>;
  readonly rooms: RoomConnection;
  readonly command: Maybe<CommandReceipt>;
  readonly gifticonCampaign: Maybe<GifticonCampaign>;
  readonly gifticonRequest: Maybe<GifticonRequest>;
  readonly admin: Maybe<AdminQuery>;
};

export type QueryRoomArgs = {
  id: Scalars['ID']['input'];
  atLeast?: InputMaybe<Scalars['Position']['input']>;
};

export type QueryRoomsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
  mine?: InputMaybe<Scalars['Boolean']['input']>;
};

export type QueryCommandArgs = {
  id: Scalars['ID']['input'];
};

export type QueryGifticonCampaignArgs = {
  id: Scalars['ID']['input'];
};

export type QueryGifticonRequestArgs = {
  id: Scalars['ID']['input'];
};

export type User = {
  readonly __typename?: 'User';
  readonly id: Scalars['ID']['output'];
  readonly handle: Scalars['String']['output'];
  readonly name: Scalars['String']['output'];
};

export type Room = {
  readonly __typename?: 'Room';
  readonly id: Scalars['ID']['output'];
  readonly title: Scalars['String']['output'];
  readonly createdAt: Scalars['DateTime']['output'];
  readonly memberCount: Scalars['Int']['output'];
  readonly members: UserConnection;
  readonly myReadSeq: Maybe<Scalars['Int']['output']>;
  readonly unreadCount: Maybe<Scalars['Int']['output']>;
  readonly lastMessage: Maybe<Message>;
  readonly occupancy: Maybe<Occupancy>;
  readonly messages: MessageConnection;
  readonly heat: RoomHeat;
};

export type RoomMembersArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
};

export type RoomMessagesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
};

export type UserConnection = {
  readonly __typename?: 'UserConnection';
  readonly edges: ReadonlyArray<UserEdge>;
  readonly nodes: ReadonlyArray<User>;
  readonly pageInfo: PageInfo;
  readonly totalCount: Scalars['Int']['output'];
};

export type UserEdge = {
  readonly __typename?: 'UserEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: User;
};

export type PageInfo = {
  readonly __typename?: 'PageInfo';
  readonly hasNextPage: Scalars['Boolean']['output'];
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  readonly startCursor: Maybe<Scalars['String']['output']>;
  readonly endCursor: Maybe<Scalars['String']['output']>;
};

export type Message = {
  readonly __typename?: 'Message';
  readonly id: Scalars['ID']['output'];
  readonly roomId: Scalars['ID']['output'];
  readonly seq: Scalars['Int']['output'];
  readonly body: Scalars['String']['output'];
  readonly createdAt: Scalars['DateTime']['output'];
  readonly reactions: ReadonlyArray<ReactionCount>;
  readonly author: User;
  readonly erased: Scalars['Boolean']['output'];
};

export type ReactionCount = {
  readonly __typename?: 'ReactionCount';
  readonly emoji: Scalars['String']['output'];
  readonly count: Scalars['Int']['output'];
  readonly mine: Scalars['Boolean']['output'];
};

export type Occupancy = {
  readonly __typename?: 'Occupancy';
  readonly connected: Scalars['Int']['output'];
  readonly members: Scalars['Int']['output'];
};

export type MessageConnection = {
  readonly __typename?: 'MessageConnection';
  readonly edges: ReadonlyArray<MessageEdge>;
  readonly nodes: ReadonlyArray<Message>;
  readonly pageInfo: PageInfo;
};

export type MessageEdge = {
  readonly __typename?: 'MessageEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: Message;
};

export type RoomHeat = {
  readonly __typename?: 'RoomHeat';
  readonly state: HeatState;
  readonly fetchesPerSecond: Scalars['Float']['output'];
  readonly paceMs: Scalars['Int']['output'];
  readonly until: Maybe<Scalars['DateTime']['output']>;
};

export type HeatState = 'NORMAL' | 'HOT';

export type RoomConnection = {
  readonly __typename?: 'RoomConnection';
  readonly edges: ReadonlyArray<RoomEdge>;
  readonly nodes: ReadonlyArray<Room>;
  readonly pageInfo: PageInfo;
};

export type RoomEdge = {
  readonly __typename?: 'RoomEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: Room;
};

export type CommandReceipt = {
  readonly __typename?: 'CommandReceipt';
  readonly commandId: Scalars['ID']['output'];
  readonly status: CommandStatus;
  readonly position: Maybe<Scalars['Position']['output']>;
  readonly rejection: Maybe<Rejection>;
};

export type CommandStatus = 'ACCEPTED' | 'SUCCEEDED' | 'REJECTED';

export type Rejection = {
  readonly __typename?: 'Rejection';
  readonly code: Scalars['String']['output'];
  readonly message: Scalars['String']['output'];
};

export type GifticonCampaign = {
  readonly __typename?: 'GifticonCampaign';
  readonly id: Scalars['ID']['output'];
  readonly title: Scalars['String']['output'];
  readonly stock: Scalars['Int']['output'];
  readonly issued: Scalars['Int']['output'];
  readonly queued: Scalars['Int']['output'];
  readonly state: CampaignState;
  readonly opensAt: Scalars['DateTime']['output'];
  readonly closesAt: Maybe<Scalars['DateTime']['output']>;
  readonly drainRatePerSecond: Scalars['Float']['output'];
  readonly paused: Scalars['Boolean']['output'];
};

export type CampaignState = 'SCHEDULED' | 'OPEN' | 'SOLD_OUT' | 'CLOSED';

export type GifticonRequest = {
  readonly __typename?: 'GifticonRequest';
  readonly id: Scalars['ID']['output'];
  readonly campaignId: Scalars['ID']['output'];
  readonly status: GifticonStatus;
  readonly ahead: Scalars['Int']['output'];
  readonly etaSeconds: Maybe<Scalars['Float']['output']>;
  readonly issuedAt: Maybe<Scalars['DateTime']['output']>;
  readonly rejection: Maybe<Rejection>;
  readonly duplicateOf: Maybe<Scalars['ID']['output']>;
  readonly code: Maybe<Scalars['String']['output']>;
  readonly number: Maybe<Scalars['Int']['output']>;
};

export type GifticonStatus = 'QUEUED' | 'ISSUED' | 'SOLD_OUT' | 'REJECTED';

export type AdminQuery = {
  readonly __typename?: 'AdminQuery';
  readonly rooms: AdminRoomConnection;
  readonly room: Maybe<AdminRoom>;
  readonly hottestRooms: Maybe<AdminHottestRooms>;
  readonly readModels: ReadonlyArray<AdminReadModel>;
  readonly readModel: Maybe<AdminReadModel>;
  readonly parkedKeys: AdminParkedKeyConnection;
  readonly deadLetters: AdminDeadLetterConnection;
  readonly deadLetterCount: Scalars['Int']['output'];
  readonly deadLetter: Maybe<AdminDeadLetter>;
  readonly campaigns: AdminCampaignConnection;
  readonly campaign: Maybe<AdminCampaign>;
  readonly processes: AdminProcesses;
  readonly actions: AdminActionConnection;
  readonly action: Maybe<AdminAction>;
};

export type AdminQueryRoomsArgs = {
  title?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
};

export type AdminQueryRoomArgs = {
  id: Scalars['ID']['input'];
};

export type AdminQueryReadModelArgs = {
  name: Scalars['String']['input'];
};

export type AdminQueryParkedKeysArgs = {
  readModel?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
};

export type AdminQueryDeadLettersArgs = {
  source?: InputMaybe<Scalars['String']['input']>;
  closed?: InputMaybe<Scalars['Boolean']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
};

export type AdminQueryDeadLetterCountArgs = {
  source?: InputMaybe<Scalars['String']['input']>;
};

export type AdminQueryDeadLetterArgs = {
  id: Scalars['ID']['input'];
};

export type AdminQueryCampaignsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
};

export type AdminQueryCampaignArgs = {
  id: Scalars['ID']['input'];
};

export type AdminQueryActionsArgs = {
  target?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
};

export type AdminQueryActionArgs = {
  commandId: Scalars['ID']['input'];
};

export type AdminRoomConnection = {
  readonly __typename?: 'AdminRoomConnection';
  readonly edges: ReadonlyArray<AdminRoomEdge>;
  readonly nodes: ReadonlyArray<AdminRoom>;
  readonly pageInfo: PageInfo;
};

export type AdminRoomEdge = {
  readonly __typename?: 'AdminRoomEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: AdminRoom;
};

export type AdminRoom = {
  readonly __typename?: 'AdminRoom';
  readonly id: Scalars['ID']['output'];
  readonly title: Scalars['String']['output'];
  readonly createdAt: Scalars['DateTime']['output'];
  readonly memberCount: Scalars['Int']['output'];
  readonly lastSeq: Scalars['Int']['output'];
  readonly createdBy: User;
  readonly heat: Maybe<AdminRoomHeat>;
  readonly log: AdminRoomLog;
};

export type AdminRoomLogArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Position']['input']>;
  before?: InputMaybe<Scalars['Position']['input']>;
};

export type AdminRoomHeat = {
  readonly __typename?: 'AdminRoomHeat';
  readonly state: HeatState;
  readonly fetchesPerSecond: Scalars['Float']['output'];
  readonly paceMs: Scalars['Int']['output'];
  readonly until: Maybe<Scalars['DateTime']['output']>;
  readonly by: AdminHeatDecider;
};

export type AdminHeatDecider = 'COUNTS' | 'OVERRIDE';

export type AdminRoomLog = {
  readonly __typename?: 'AdminRoomLog';
  readonly entries: ReadonlyArray<AdminLogEntry>;
  readonly hasMore: Scalars['Boolean']['output'];
};

export type AdminLogEntry = {
  readonly __typename?: 'AdminLogEntry';
  readonly position: Scalars['Position']['output'];
  readonly at: Scalars['DateTime']['output'];
  readonly type: Scalars['String']['output'];
  readonly data: Scalars['String']['output'];
  readonly isReadable: Scalars['Boolean']['output'];
  readonly stream: Scalars['String']['output'];
  readonly version: Scalars['Int']['output'];
  readonly commandId: Scalars['ID']['output'];
  readonly traceId: Scalars['String']['output'];
};

export type AdminHottestRooms = {
  readonly __typename?: 'AdminHottestRooms';
  readonly isDecided: Scalars['Boolean']['output'];
  readonly rooms: ReadonlyArray<AdminRoom>;
};

export type AdminReadModel = {
  readonly __typename?: 'AdminReadModel';
  readonly name: Scalars['String']['output'];
  readonly store: AdminReadModelStore;
  readonly state: AdminReadModelState;
  readonly version: Scalars['Int']['output'];
  readonly programVersion: Scalars['Int']['output'];
  readonly lag: Maybe<Scalars['Float']['output']>;
  readonly head: Scalars['Float']['output'];
  readonly parkedCount: Maybe<Scalars['Int']['output']>;
  readonly partitions: ReadonlyArray<AdminReadModelPartition>;
  readonly rebuild: Maybe<AdminRebuild>;
  readonly keptVersion: Maybe<Scalars['Int']['output']>;
};

export type AdminReadModelStore = 'POSTGRES' | 'REDIS';

export type AdminReadModelState = 'LIVE' | 'FILLING' | 'AWAY';

export type AdminReadModelPartition = {
  readonly __typename?: 'AdminReadModelPartition';
  readonly partition: Scalars['Int']['output'];
  readonly position: Maybe<Scalars['Float']['output']>;
  readonly head: Scalars['Float']['output'];
  readonly lag: Maybe<Scalars['Float']['output']>;
};

export type AdminRebuild = {
  readonly __typename?: 'AdminRebuild';
  readonly version: Scalars['Int']['output'];
  readonly phase: Scalars['String']['output'];
  readonly running: Scalars['Boolean']['output'];
  readonly done: Scalars['Float']['output'];
  readonly total: Scalars['Float']['output'];
  readonly perSecond: Scalars['Float']['output'];
  readonly secondsLeft: Maybe<Scalars['Float']['output']>;
  readonly by: Scalars['String']['output'];
  readonly startedAt: Scalars['DateTime']['output'];
};

export type AdminParkedKeyConnection = {
  readonly __typename?: 'AdminParkedKeyConnection';
  readonly edges: ReadonlyArray<AdminParkedKeyEdge>;
  readonly nodes: ReadonlyArray<AdminParkedKey>;
  readonly pageInfo: PageInfo;
};

export type AdminParkedKeyEdge = {
  readonly __typename?: 'AdminParkedKeyEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: AdminParkedKey;
};

export type AdminParkedKey = {
  readonly __typename?: 'AdminParkedKey';
  readonly readModel: Scalars['String']['output'];
  readonly partition: Scalars['Int']['output'];
  readonly key: Scalars['String']['output'];
  readonly position: Scalars['Float']['output'];
  readonly deadLetterId: Maybe<Scalars['String']['output']>;
  readonly reason: Scalars['String']['output'];
  readonly since: Scalars['DateTime']['output'];
};

export type AdminDeadLetterConnection = {
  readonly __typename?: 'AdminDeadLetterConnection';
  readonly edges: ReadonlyArray<AdminDeadLetterEdge>;
  readonly nodes: ReadonlyArray<AdminDeadLetter>;
  readonly pageInfo: PageInfo;
};

export type AdminDeadLetterEdge = {
  readonly __typename?: 'AdminDeadLetterEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: AdminDeadLetter;
};

export type AdminDeadLetter = {
  readonly __typename?: 'AdminDeadLetter';
  readonly id: Scalars['ID']['output'];
  readonly state: AdminDeadLetterState;
  readonly source: Scalars['String']['output'];
  readonly readModel: Maybe<Scalars['String']['output']>;
  readonly partition: Scalars['Int']['output'];
  readonly place: Scalars['Float']['output'];
  readonly key: Maybe<Scalars['String']['output']>;
  readonly reason: Scalars['String']['output'];
  readonly payload: Scalars['String']['output'];
  readonly payloadLength: Scalars['Int']['output'];
  readonly at: Scalars['DateTime']['output'];
  readonly requestedAt: Maybe<Scalars['DateTime']['output']>;
  readonly tries: Scalars['Int']['output'];
  readonly triedAt: Maybe<Scalars['DateTime']['output']>;
  readonly closedAt: Maybe<Scalars['DateTime']['output']>;
  readonly waitingBehind: Scalars['Int']['output'];
};

export type AdminDeadLetterState = 'WAITING' | 'APPLIED' | 'DROPPED';

export type AdminCampaignConnection = {
  readonly __typename?: 'AdminCampaignConnection';
  readonly edges: ReadonlyArray<AdminCampaignEdge>;
  readonly nodes: ReadonlyArray<AdminCampaign>;
  readonly pageInfo: PageInfo;
};

export type AdminCampaignEdge = {
  readonly __typename?: 'AdminCampaignEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: AdminCampaign;
};

export type AdminCampaign = {
  readonly __typename?: 'AdminCampaign';
  readonly id: Scalars['ID']['output'];
  readonly createdAt: Scalars['DateTime']['output'];
  readonly generated: Scalars['Int']['output'];
  readonly partition: Scalars['Int']['output'];
  readonly live: Maybe<GifticonCampaign>;
  readonly holdsUp: ReadonlyArray<AdminHeldUpCampaign>;
};

export type AdminHeldUpCampaign = {
  readonly __typename?: 'AdminHeldUpCampaign';
  readonly id: Scalars['ID']['output'];
  readonly title: Scalars['String']['output'];
};

export type AdminProcesses = {
  readonly __typename?: 'AdminProcesses';
  readonly isComplete: Scalars['Boolean']['output'];
  readonly nodes: ReadonlyArray<AdminProcess>;
};

export type AdminProcess = {
  readonly __typename?: 'AdminProcess';
  readonly id: Scalars['ID']['output'];
  readonly answering: Scalars['Boolean']['output'];
  readonly host: Scalars['String']['output'];
  readonly pid: Scalars['Int']['output'];
  readonly roles: ReadonlyArray<Scalars['String']['output']>;
  readonly version: Scalars['String']['output'];
  readonly startedAt: Scalars['DateTime']['output'];
  readonly at: Scalars['DateTime']['output'];
  readonly ready: Scalars['Boolean']['output'];
  readonly reasons: ReadonlyArray<Scalars['String']['output']>;
  readonly dependencies: ReadonlyArray<AdminDependency>;
  readonly numbers: ReadonlyArray<AdminNumber>;
  readonly errors: ReadonlyArray<AdminErrorCount>;
};

export type AdminDependency = {
  readonly __typename?: 'AdminDependency';
  readonly name: Scalars['String']['output'];
  readonly up: Scalars['Boolean']['output'];
};

export type AdminNumber = {
  readonly __typename?: 'AdminNumber';
  readonly name: AdminNumberName;
  readonly kind: AdminNumberKind;
  readonly value: Maybe<Scalars['Float']['output']>;
};

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

export type AdminErrorCount = {
  readonly __typename?: 'AdminErrorCount';
  readonly code: Scalars['String']['output'];
  readonly total: Scalars['Float']['output'];
};

export type AdminActionConnection = {
  readonly __typename?: 'AdminActionConnection';
  readonly edges: ReadonlyArray<AdminActionEdge>;
  readonly nodes: ReadonlyArray<AdminAction>;
  readonly pageInfo: PageInfo;
};

export type AdminActionEdge = {
  readonly __typename?: 'AdminActionEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: AdminAction;
};

export type AdminAction = {
  readonly __typename?: 'AdminAction';
  readonly commandId: Scalars['ID']['output'];
  readonly kind: AdminActionKind;
  readonly target: Scalars['String']['output'];
  readonly input: Scalars['String']['output'];
  readonly state: AdminActionState;
  readonly progress: Maybe<AdminActionProgress>;
  readonly result: Maybe<Scalars['String']['output']>;
  readonly counts: ReadonlyArray<AdminCount>;
  readonly verifications: ReadonlyArray<AdminVerification>;
  readonly message: Maybe<Scalars['String']['output']>;
  readonly requestedAt: Scalars['DateTime']['output'];
  readonly endedAt: Maybe<Scalars['DateTime']['output']>;
  readonly runner: Maybe<Scalars['String']['output']>;
  readonly by: Maybe<User>;
};

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

export type AdminActionProgress = {
  readonly __typename?: 'AdminActionProgress';
  readonly phase: Scalars['String']['output'];
  readonly done: Scalars['Float']['output'];
  readonly total: Scalars['Float']['output'];
  readonly perSecond: Scalars['Float']['output'];
  readonly secondsLeft: Maybe<Scalars['Float']['output']>;
};

export type AdminCount = {
  readonly __typename?: 'AdminCount';
  readonly name: Scalars['String']['output'];
  readonly value: Scalars['Float']['output'];
};

export type AdminVerification = {
  readonly __typename?: 'AdminVerification';
  readonly readModel: Scalars['String']['output'];
  readonly version: Scalars['Int']['output'];
  readonly equal: Scalars['Boolean']['output'];
  readonly rows: Scalars['Float']['output'];
  readonly missing: Scalars['Float']['output'];
  readonly extra: Scalars['Float']['output'];
  readonly altered: Scalars['Float']['output'];
  readonly countedAll: Scalars['Boolean']['output'];
  readonly positions: ReadonlyArray<Scalars['Float']['output']>;
  readonly seconds: Scalars['Float']['output'];
  readonly examples: ReadonlyArray<AdminDifference>;
};

export type AdminDifference = {
  readonly __typename?: 'AdminDifference';
  readonly kind: Scalars['String']['output'];
  readonly where: Scalars['String']['output'];
  readonly key: Scalars['String']['output'];
};

export type Mutation = {
  readonly __typename?: 'Mutation';
  readonly signIn: SignInPayload;
  readonly deleteAccount: DeleteAccountPayload;
  readonly createRoom: CreateRoomPayload;
  readonly joinRoom: JoinRoomPayload;
  readonly leaveRoom: LeaveRoomPayload;
  readonly markRead: MarkReadPayload;
  readonly sendMessage: SendMessagePayload;
  readonly addReaction: ReactionPayload;
  readonly removeReaction: ReactionPayload;
  readonly createGifticonCampaign: CreateGifticonCampaignPayload;
  readonly requestGifticon: RequestGifticonPayload;
  readonly adminRebuildReadModel: AdminActionPayload;
  readonly adminVerifyReadModel: AdminActionPayload;
  readonly adminRollBackReadModel: AdminActionPayload;
  readonly adminAbandonRebuild: AdminActionPayload;
  readonly adminDropKeptReadModel: AdminActionPayload;
  readonly adminRetryDeadLetters: AdminActionPayload;
  readonly adminDropDeadLetters: AdminActionPayload;
  readonly adminSetRoomHeat: AdminActionPayload;
  readonly adminClearRoomHeat: AdminActionPayload;
  readonly adminPauseCampaign: AdminCampaignPayload;
  readonly adminResumeCampaign: AdminCampaignPayload;
  readonly adminLoadGifticonCodes: AdminCampaignPayload;
};

export type MutationSignInArgs = {
  handle: Scalars['String']['input'];
};

export type MutationDeleteAccountArgs = {
  input: DeleteAccountInput;
  waitFor?: InputMaybe<CommandStage>;
};

export type MutationCreateRoomArgs = {
  input: CreateRoomInput;
  waitFor?: InputMaybe<CommandStage>;
};

export type MutationJoinRoomArgs = {
  input: JoinRoomInput;
  waitFor?: InputMaybe<CommandStage>;
};

export type MutationLeaveRoomArgs = {
  input: LeaveRoomInput;
  waitFor?: InputMaybe<CommandStage>;
};

export type MutationMarkReadArgs = {
  input: MarkReadInput;
  waitFor?: InputMaybe<CommandStage>;
};

export type MutationSendMessageArgs = {
  input: SendMessageInput;
  waitFor?: InputMaybe<CommandStage>;
};

export type MutationAddReactionArgs = {
  input: ReactionInput;
  waitFor?: InputMaybe<CommandStage>;
};

export type MutationRemoveReactionArgs = {
  input: ReactionInput;
  waitFor?: InputMaybe<CommandStage>;
};

export type MutationCreateGifticonCampaignArgs = {
  input: CreateGifticonCampaignInput;
  waitFor?: InputMaybe<CommandStage>;
};

export type MutationRequestGifticonArgs = {
  input: RequestGifticonInput;
  waitFor?: InputMaybe<CommandStage>;
};

export type MutationAdminRebuildReadModelArgs = {
  input: AdminReadModelInput;
};

export type MutationAdminVerifyReadModelArgs = {
  input: AdminReadModelInput;
};

export type MutationAdminRollBackReadModelArgs = {
  input: AdminReadModelInput;
};

export type MutationAdminAbandonRebuildArgs = {
  input: AdminReadModelInput;
};

export type MutationAdminDropKeptReadModelArgs = {
  input: AdminReadModelInput;
};

export type MutationAdminRetryDeadLettersArgs = {
  input: AdminDeadLettersInput;
};

export type MutationAdminDropDeadLettersArgs = {
  input: AdminDeadLettersInput;
};

export type MutationAdminSetRoomHeatArgs = {
  input: AdminSetRoomHeatInput;
};

export type MutationAdminClearRoomHeatArgs = {
  input: AdminRoomInput;
};

export type MutationAdminPauseCampaignArgs = {
  input: AdminCampaignInput;
  waitFor?: InputMaybe<CommandStage>;
};

export type MutationAdminResumeCampaignArgs = {
  input: AdminCampaignInput;
  waitFor?: InputMaybe<CommandStage>;
};

export type MutationAdminLoadGifticonCodesArgs = {
  input: AdminLoadGifticonCodesInput;
};

export type SignInPayload = {
  readonly __typename?: 'SignInPayload';
  readonly token: Scalars['String']['output'];
  readonly user: User;
};

export type DeleteAccountInput = {
  readonly commandId?: InputMaybe<Scalars['ID']['input']>;
};

export type CommandStage = 'ACCEPTED' | 'DECIDED' | 'PROJECTED';

export type CreateRoomInput = {
  readonly commandId?: InputMaybe<Scalars['ID']['input']>;
  readonly title: Scalars['String']['input'];
};

export type JoinRoomInput = {
  readonly commandId?: InputMaybe<Scalars['ID']['input']>;
  readonly roomId: Scalars['ID']['input'];
};

export type LeaveRoomInput = {
  readonly commandId?: InputMaybe<Scalars['ID']['input']>;
  readonly roomId: Scalars['ID']['input'];
};

export type MarkReadInput = {
  readonly commandId?: InputMaybe<Scalars['ID']['input']>;
  readonly roomId: Scalars['ID']['input'];
  readonly seq: Scalars['Int']['input'];
};

export type SendMessageInput = {
  readonly commandId?: InputMaybe<Scalars['ID']['input']>;
  readonly roomId: Scalars['ID']['input'];
  readonly body: Scalars['String']['input'];
};

export type ReactionInput = {
  readonly commandId?: InputMaybe<Scalars['ID']['input']>;
  readonly roomId: Scalars['ID']['input'];
  readonly messageId: Scalars['ID']['input'];
  readonly emoji: Scalars['String']['input'];
};

export type CreateGifticonCampaignInput = {
  readonly commandId?: InputMaybe<Scalars['ID']['input']>;
  readonly title: Scalars['String']['input'];
  readonly stock: Scalars['Int']['input'];
  readonly opensAt?: InputMaybe<Scalars['DateTime']['input']>;
  readonly closesAt?: InputMaybe<Scalars['DateTime']['input']>;
};

export type RequestGifticonInput = {
  readonly commandId?: InputMaybe<Scalars['ID']['input']>;
  readonly campaignId: Scalars['ID']['input'];
};

export type AdminActionPayload = {
  readonly __typename?: 'AdminActionPayload';
  readonly preview: ReadonlyArray<AdminCount>;
  readonly action: Maybe<AdminAction>;
};

export type AdminReadModelInput = {
  readonly commandId?: InputMaybe<Scalars['ID']['input']>;
  readonly name: Scalars['String']['input'];
  readonly dryRun?: InputMaybe<Scalars['Boolean']['input']>;
};

export type AdminDeadLettersInput = {
  readonly commandId?: InputMaybe<Scalars['ID']['input']>;
  readonly ids?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  readonly source?: InputMaybe<Scalars['String']['input']>;
  readonly expected?: InputMaybe<Scalars['Int']['input']>;
  readonly dryRun?: InputMaybe<Scalars['Boolean']['input']>;
};

export type AdminSetRoomHeatInput = {
  readonly commandId?: InputMaybe<Scalars['ID']['input']>;
  readonly roomId: Scalars['ID']['input'];
  readonly state: HeatState;
  readonly seconds: Scalars['Int']['input'];
};

export type AdminRoomInput = {
  readonly commandId?: InputMaybe<Scalars['ID']['input']>;
  readonly roomId: Scalars['ID']['input'];
};

export type AdminCampaignInput = {
  readonly commandId?: InputMaybe<Scalars['ID']['input']>;
  readonly campaignId: Scalars['ID']['input'];
};

export type AdminLoadGifticonCodesInput = {
  readonly commandId?: InputMaybe<Scalars['ID']['input']>;
  readonly campaignId: Scalars['ID']['input'];
  readonly codes: ReadonlyArray<Scalars['String']['input']>;
};

export type Subscription = {
  readonly __typename?: 'Subscription';
  readonly roomEvents: RoomEvent;
  readonly roomEventBatches: RoomEventBatch;
  readonly commandSettled: CommandReceipt;
  readonly campaignProgress: CampaignProgress;
  readonly gifticonRequest: GifticonRequest;
};

export type SubscriptionRoomEventsArgs = {
  roomId: Scalars['ID']['input'];
  after?: InputMaybe<Scalars['Position']['input']>;
  kinds?: InputMaybe<ReadonlyArray<RoomEventKind>>;
  summarise?: InputMaybe<Scalars['Boolean']['input']>;
};

export type SubscriptionRoomEventBatchesArgs = {
  roomId: Scalars['ID']['input'];
  after?: InputMaybe<Scalars['Position']['input']>;
  kinds?: InputMaybe<ReadonlyArray<RoomEventKind>>;
  summarise?: InputMaybe<Scalars['Boolean']['input']>;
  batchMs?: InputMaybe<Scalars['Int']['input']>;
};

export type SubscriptionCommandSettledArgs = {
  commandId: Scalars['ID']['input'];
};

export type SubscriptionCampaignProgressArgs = {
  campaignId: Scalars['ID']['input'];
};

export type SubscriptionGifticonRequestArgs = {
  id: Scalars['ID']['input'];
  place?: InputMaybe<Scalars['Boolean']['input']>;
};

export type RoomEvent = {
  readonly position: Scalars['Position']['output'];
  readonly roomId: Scalars['ID']['output'];
  readonly at: Scalars['DateTime']['output'];
};

export type RoomEventKind = 'MESSAGES' | 'REACTIONS' | 'MEMBERS' | 'ROOM' | 'HEAT' | 'TYPING' | 'OCCUPANCY';

export type RoomEventBatch = {
  readonly __typename?: 'RoomEventBatch';
  readonly position: Scalars['Position']['output'];
  readonly events: ReadonlyArray<RoomEvent>;
};

export type CampaignProgress = {
  readonly __typename?: 'CampaignProgress';
  readonly served: Scalars['Int']['output'];
  readonly issued: Scalars['Int']['output'];
  readonly stock: Scalars['Int']['output'];
  readonly queued: Scalars['Int']['output'];
  readonly ratePerSecond: Scalars['Float']['output'];
  readonly state: CampaignState;
};

export type MessagePosted = RoomEvent & {
  readonly __typename?: 'MessagePosted';
  readonly position: Scalars['Position']['output'];
  readonly roomId: Scalars['ID']['output'];
  readonly at: Scalars['DateTime']['output'];
  readonly message: Message;
};

export type ReactionAdded = RoomEvent & {
  readonly __typename?: 'ReactionAdded';
  readonly position: Scalars['Position']['output'];
  readonly roomId: Scalars['ID']['output'];
  readonly at: Scalars['DateTime']['output'];
  readonly messageId: Scalars['ID']['output'];
  readonly userId: Scalars['ID']['output'];
  readonly emoji: Scalars['String']['output'];
};

export type ReactionRemoved = RoomEvent & {
  readonly __typename?: 'ReactionRemoved';
  readonly position: Scalars['Position']['output'];
  readonly roomId: Scalars['ID']['output'];
  readonly at: Scalars['DateTime']['output'];
  readonly messageId: Scalars['ID']['output'];
  readonly userId: Scalars['ID']['output'];
  readonly emoji: Scalars['String']['output'];
};

export type MemberJoined = RoomEvent & {
  readonly __typename?: 'MemberJoined';
  readonly position: Scalars['Position']['output'];
  readonly roomId: Scalars['ID']['output'];
  readonly at: Scalars['DateTime']['output'];
  readonly user: User;
};

export type MemberLeft = RoomEvent & {
  readonly __typename?: 'MemberLeft';
  readonly position: Scalars['Position']['output'];
  readonly roomId: Scalars['ID']['output'];
  readonly at: Scalars['DateTime']['output'];
  readonly userId: Scalars['ID']['output'];
};

export type MemberErased = RoomEvent & {
  readonly __typename?: 'MemberErased';
  readonly position: Scalars['Position']['output'];
  readonly roomId: Scalars['ID']['output'];
  readonly at: Scalars['DateTime']['output'];
  readonly userId: Scalars['ID']['output'];
};

export type RoomHeatChanged = RoomEvent & {
  readonly __typename?: 'RoomHeatChanged';
  readonly position: Scalars['Position']['output'];
  readonly roomId: Scalars['ID']['output'];
  readonly at: Scalars['DateTime']['output'];
  readonly heat: RoomHeat;
};

export type OccupancyChanged = RoomEvent & {
  readonly __typename?: 'OccupancyChanged';
  readonly position: Scalars['Position']['output'];
  readonly roomId: Scalars['ID']['output'];
  readonly at: Scalars['DateTime']['output'];
  readonly occupancy: Occupancy;
};

export type MembersChanged = RoomEvent & {
  readonly __typename?: 'MembersChanged';
  readonly position: Scalars['Position']['output'];
  readonly roomId: Scalars['ID']['output'];
  readonly at: Scalars['DateTime']['output'];
  readonly joined: Scalars['Int']['output'];
  readonly left: Scalars['Int']['output'];
  readonly memberCount: Scalars['Int']['output'];
};

export type ReactionsChanged = RoomEvent & {
  readonly __typename?: 'ReactionsChanged';
  readonly position: Scalars['Position']['output'];
  readonly roomId: Scalars['ID']['output'];
  readonly at: Scalars['DateTime']['output'];
  readonly messageId: Scalars['ID']['output'];
  readonly reactions: ReadonlyArray<ReactionTotal>;
};

export type ReactionTotal = {
  readonly __typename?: 'ReactionTotal';
  readonly emoji: Scalars['String']['output'];
  readonly count: Scalars['Int']['output'];
};

export type DeleteAccountPayload = CommandPayload & {
  readonly __typename?: 'DeleteAccountPayload';
  readonly receipt: CommandReceipt;
};

export type CommandPayload = {
  readonly receipt: CommandReceipt;
};

export type CreateRoomPayload = CommandPayload & {
  readonly __typename?: 'CreateRoomPayload';
  readonly receipt: CommandReceipt;
  readonly room: Maybe<Room>;
};

export type JoinRoomPayload = CommandPayload & {
  readonly __typename?: 'JoinRoomPayload';
  readonly receipt: CommandReceipt;
  readonly room: Maybe<Room>;
};

export type LeaveRoomPayload = CommandPayload & {
  readonly __typename?: 'LeaveRoomPayload';
  readonly receipt: CommandReceipt;
};

export type MarkReadPayload = CommandPayload & {
  readonly __typename?: 'MarkReadPayload';
  readonly receipt: CommandReceipt;
};

export type SendMessagePayload = CommandPayload & {
  readonly __typename?: 'SendMessagePayload';
  readonly receipt: CommandReceipt;
  readonly message: Maybe<Message>;
};

export type ReactionPayload = CommandPayload & {
  readonly __typename?: 'ReactionPayload';
  readonly receipt: CommandReceipt;
};

export type CreateGifticonCampaignPayload = CommandPayload & {
  readonly __typename?: 'CreateGifticonCampaignPayload';
  readonly receipt: CommandReceipt;
  readonly campaign: Maybe<GifticonCampaign>;
};

export type RequestGifticonPayload = CommandPayload & {
  readonly __typename?: 'RequestGifticonPayload';
  readonly receipt: CommandReceipt;
  readonly request: GifticonRequest;
};

export type AdminCampaignPayload = CommandPayload & {
  readonly __typename?: 'AdminCampaignPayload';
  readonly receipt: CommandReceipt;
  readonly campaign: Maybe<GifticonCampaign>;
};
