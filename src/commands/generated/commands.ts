// Written by the build from the files beside this folder: scripts/lists.mjs.
import { claimHandle } from '../user/claim-handle.js';
import { deleteAccount } from '../user/delete-account.js';
import { registerUser } from '../user/register-user.js';
import { releaseHandle } from '../user/release-handle.js';
import { createRoom } from '../room/create-room.js';
import { eraseMember } from '../membership/erase-member.js';
import { joinRoom } from '../membership/join-room.js';
import { leaveRoom } from '../membership/leave-room.js';
import { markRead } from '../membership/mark-read.js';
import { sendMessage } from '../message/send-message.js';
import { addReaction } from '../reaction/add-reaction.js';
import { removeReaction } from '../reaction/remove-reaction.js';
import { createGifticonCampaign } from '../gifticon/create-campaign.js';
import { loadGifticonCodes } from '../gifticon/load-codes.js';
import { pauseGifticonCampaign } from '../gifticon/pause-campaign.js';
import { requestGifticon } from '../gifticon/request-gifticon.js';
import { resumeGifticonCampaign } from '../gifticon/resume-campaign.js';

export const ALL = {
  ClaimHandle: claimHandle,
  DeleteAccount: deleteAccount,
  RegisterUser: registerUser,
  ReleaseHandle: releaseHandle,
  CreateRoom: createRoom,
  EraseMember: eraseMember,
  JoinRoom: joinRoom,
  LeaveRoom: leaveRoom,
  MarkRead: markRead,
  SendMessage: sendMessage,
  AddReaction: addReaction,
  RemoveReaction: removeReaction,
  CreateGifticonCampaign: createGifticonCampaign,
  LoadGifticonCodes: loadGifticonCodes,
  PauseGifticonCampaign: pauseGifticonCampaign,
  RequestGifticon: requestGifticon,
  ResumeGifticonCampaign: resumeGifticonCampaign,
} as const;
