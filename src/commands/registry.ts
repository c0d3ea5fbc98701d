import type { z } from 'zod';
import type { AnyCommandDefinition } from '../engine/domain/decide.js';
import { createGifticonCampaign } from './gifticon/create-campaign.js';
import { loadGifticonCodes } from './gifticon/load-codes.js';
import { pauseGifticonCampaign } from './gifticon/pause-campaign.js';
import { requestGifticon } from './gifticon/request-gifticon.js';
import { resumeGifticonCampaign } from './gifticon/resume-campaign.js';
import { claimHandle } from './user/claim-handle.js';
import { releaseHandle } from './user/release-handle.js';
import { eraseMember } from './membership/erase-member.js';
import { joinRoom } from './membership/join-room.js';
import { leaveRoom } from './membership/leave-room.js';
import { markRead } from './membership/mark-read.js';
import { addReaction } from './reaction/add-reaction.js';
import { removeReaction } from './reaction/remove-reaction.js';
import { createRoom } from './room/create-room.js';
import { sendMessage } from './message/send-message.js';
import { deleteAccount } from './user/delete-account.js';
import { registerUser } from './user/register-user.js';

/** Every command, by its type on the command log. */
export const COMMANDS = {
  ClaimHandle: claimHandle,
  ReleaseHandle: releaseHandle,
  RegisterUser: registerUser,
  DeleteAccount: deleteAccount,
  CreateRoom: createRoom,
  JoinRoom: joinRoom,
  LeaveRoom: leaveRoom,
  EraseMember: eraseMember,
  SendMessage: sendMessage,
  MarkRead: markRead,
  AddReaction: addReaction,
  RemoveReaction: removeReaction,
  CreateGifticonCampaign: createGifticonCampaign,
  LoadGifticonCodes: loadGifticonCodes,
  PauseGifticonCampaign: pauseGifticonCampaign,
  ResumeGifticonCampaign: resumeGifticonCampaign,
  RequestGifticon: requestGifticon,
} as const satisfies Readonly<Record<string, AnyCommandDefinition>>;

export type CommandType = keyof typeof COMMANDS;
export type CommandOf<T extends CommandType> = (typeof COMMANDS)[T];
/** A command's data as its schema returns it: trimmed, normalised, with branded ids. */
export type CommandData<T extends CommandType> = z.output<CommandOf<T>['schema']>;

const isCommandType = (type: string): type is CommandType => Object.hasOwn(COMMANDS, type);

/**
 * The definition of a command that was read from a log, whose type is not known at compile time. Code that names a
 * command uses COMMANDS.
 */
export const commandDefinition = (type: string): AnyCommandDefinition | undefined =>
  isCommandType(type) ? COMMANDS[type] : undefined;
