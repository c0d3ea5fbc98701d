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
};

export type GifticonStatus = 'QUEUED' | 'ISSUED' | 'SOLD_OUT' | 'REJECTED';

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

export type Subscription = {
  readonly __typename?: 'Subscription';
  readonly roomEvents: RoomEvent;
  readonly commandSettled: CommandReceipt;
  readonly gifticonRequest: GifticonRequest;
};

export type SubscriptionRoomEventsArgs = {
  roomId: Scalars['ID']['input'];
  after?: InputMaybe<Scalars['Position']['input']>;
  kinds?: InputMaybe<ReadonlyArray<RoomEventKind>>;
  summarise?: InputMaybe<Scalars['Boolean']['input']>;
};

export type SubscriptionCommandSettledArgs = {
  commandId: Scalars['ID']['input'];
};

export type SubscriptionGifticonRequestArgs = {
  id: Scalars['ID']['input'];
};

export type RoomEvent = {
  readonly position: Scalars['Position']['output'];
  readonly roomId: Scalars['ID']['output'];
  readonly at: Scalars['DateTime']['output'];
};

export type RoomEventKind = 'MESSAGES' | 'REACTIONS' | 'MEMBERS' | 'ROOM' | 'HEAT' | 'TYPING' | 'OCCUPANCY';

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
