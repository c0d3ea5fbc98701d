import { z } from 'zod';
import type { UserId } from '../engine/domain/ids.js';
import type { CampaignId, RoomId } from '../events/ids.js';
import { userId } from '../engine/domain/ids.js';
import { campaignId, roomId } from '../events/ids.js';

/**
 * The rules for users' input, checked before a command goes on the log and again when it is decided: parsing twice
 * gives the result of parsing once. Lengths count Unicode code points. Clients show each error text beside the field's
 * name.
 *
 * Deceptive text: invisible characters do not count as text. Characters that turn the direction of the following text
 * are refused in titles and names, which stand in a line with other people's words, and kept in bodies, which stand
 * alone. Letters that look alike (Latin `a`, Cyrillic `а`) are not distinguished: two handles may look the same.
 */
const visible = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}]/u;
const loneSurrogate = /\p{Surrogate}/u;
/**
 * Embeddings, overrides and isolates. The plain marks for right-to-left writing (U+200E, U+200F, U+061C) are harmless
 * and stay.
 */
const turnsDirection = /[\u202A-\u202E\u2066-\u2069]/u;
const control = /\p{Control}/u;
const controlInBody = /(?![\n\t])\p{Control}/u;
const lineBreak = /[\n\r\u2028\u2029]/u;

function atMost(limit: number): (value: string) => boolean {
  return (value) => {
    // A code point takes one or two units: most values are settled without counting.
    if (value.length <= limit) return true;
    if (value.length > 2 * limit) return false;
    return Array.from(value).length <= limit;
  };
}

const wellFormed = { error: 'Holds half of a surrogate pair: send well-formed Unicode.', abort: true };

const oneLine = (limit: number) =>
  z
    .string()
    .trim()
    .refine((value) => !loneSurrogate.test(value), wellFormed)
    .refine((value) => visible.test(value), {
      error: `Write 1 to ${limit} characters, at least one of them visible.`,
      abort: true,
    })
    .refine(atMost(limit), { error: `Too long: write at most ${limit} characters.`, abort: true })
    .refine((value) => !control.test(value) && !lineBreak.test(value), {
      error: 'Leave out control characters and line breaks.',
      abort: true,
    })
    .refine((value) => !turnsDirection.test(value), {
      error: 'Leave out characters that turn the direction of the text.',
    });

/** A room's title: one line, trimmed. */
export const title = oneLine(200);

/** A user's display name: one line, trimmed. Many users may have the same. */
export const name = oneLine(80);

/** A message's text, kept exactly as it was sent. */
export const body = z
  .string()
  .refine((value) => !loneSurrogate.test(value), wellFormed)
  .refine((value) => visible.test(value), {
    error: 'Write something: 1 to 4000 characters, at least one of them visible.',
    abort: true,
  })
  .refine(atMost(4000), { error: 'Too long: write at most 4000 characters, or send several messages.', abort: true })
  .refine((value) => !controlInBody.test(value), {
    error: 'Leave out control characters other than \\n and \\t (a line ends with \\n alone).',
  });

const handleForm =
  /^(?!.*\p{Default_Ignorable_Code_Point})[\p{Letter}\p{Decimal_Number}][\p{Letter}\p{Decimal_Number}_.-]{0,29}$/u;
const handleError = { error: 'Write 1 to 30 letters, digits, "_", "." or "-", with a letter or digit first.' };
/**
 * NFC turns at most four code points, of at most two units each, into one. Computing NFC takes time that grows with the
 * square of the length: many seconds for the largest request.
 */
const LONGEST_SPELLING = 30 * 4 * 2;

/**
 * 1 to 30 letters or digits of any script, `_`, `.` and `-`, a letter or digit first; kept in NFC and lower case. Its
 * characters need no escaping in a token's claim, a URL's path (once percent-encoded) or a log line. Invisible letters
 * (Hangul fillers) are refused. Scripts that write vowels as combining marks are not supported: a mark is not a letter.
 */
export const handle = z
  .string()
  .max(LONGEST_SPELLING, { ...handleError, abort: true })
  // Lower-casing can take a string out of NFC.
  .overwrite((value) => value.normalize('NFC').toLowerCase().normalize('NFC'))
  .regex(handleForm, handleError);

const rgiEmoji = new RegExp('^\\p{RGI_Emoji}$', 'v');
// Includes the code points that Unicode reserves for future emojis, so that a client newer than this server can use
// them.
const pictographic = /^\p{Extended_Pictographic}$/u;
const shortCode = /^:[a-z0-9_+-]{1,32}:$/;
/** Keyboards and programs add it, or leave it out, in any place: the picture is the same. */
const EMOJI_STYLE = '\uFE0F';
/**
 * Characters that are shown as text unless U+FE0F follows. The qualified form has it, except in front of a skin tone.
 */
const textByDefault = /(?!\p{Emoji_Presentation}|\p{Emoji_Modifier})\p{Emoji}(?!\p{Emoji_Modifier})/gu;

/**
 * The one spelling under which a picture is stored; null for text that is no emoji. The text style (U+FE0E) makes no
 * picture.
 */
export function qualifiedEmoji(value: string): string | null {
  if (value.length > 64) return null;
  if (shortCode.test(value)) return value;
  const bare = value.replaceAll(EMOJI_STYLE, '');
  const qualified = bare.replace(textByDefault, `$&${EMOJI_STYLE}`);
  if (rgiEmoji.test(qualified)) return qualified;
  return pictographic.test(bare) ? bare : null;
}

/**
 * One emoji that Unicode recommends for interchange, or a single pictographic, or a `:short_code:`. All spellings of a
 * picture, with and without its variation selectors, become the qualified one, so that the hearts of two keyboards
 * count as one reaction.
 */
export const emoji = z
  .string()
  .refine((value) => qualifiedEmoji(value) !== null, {
    error: 'Send exactly one emoji, or a code such as :party_parrot: in lower case.',
    abort: true,
  })
  .overwrite((value) => qualifiedEmoji(value) ?? value);

export const roomIdText = z
  .guid({ error: 'Send the id of a room: a UUID.' })
  .toLowerCase()
  .transform((value): RoomId => roomId(value));

export const campaignIdText = z
  .guid({ error: 'Send the id of a campaign: a UUID.' })
  .toLowerCase()
  .transform((value): CampaignId => campaignId(value));

/** The `sub` of the identity provider, within reasonable limits. */
export const userIdText = z
  .string()
  .regex(/^[^\p{White_Space}\p{Other}]{1,128}$/u, {
    error: 'A user id has 1 to 128 printable characters and no white space.',
  })
  .transform((value): UserId => userId(value));

/** Any short text. Only the decision knows the room: it answers MESSAGE_NOT_FOUND to text that names no message. */
export const messageIdText = z
  .string()
  .max(64, { error: 'Send the id of a message, as the API gave it.' })
  .toLowerCase();

/** The number of a message in its room; 0 is before the first. */
export const seq = z.int({ error: 'Send a whole number.' }).min(0, { error: 'Send 0 or more.' });
