import { memo } from 'react';
import { FormattedDate, FormattedTime } from 'react-intl';
import type { MessagePartsFragment } from '../generated/operations.js';
import { Avatar } from '../../../shared/shell/avatar.js';
import { useRefusalText } from '../../../shared/text/refusals.js';
import { useTexts } from '../text/text.js';
import { LinkedText } from './linked-text.js';
import type { Outgoing } from './outbox.js';

export interface MessageActions {
  pick(message: MessagePartsFragment, at: HTMLElement): void;
  toggle(message: MessagePartsFragment, emoji: string, mine: boolean): void;
}

interface MessageItemProps extends MessageActions {
  readonly message: MessagePartsFragment;
  /** The one above it, which it may go on from. */
  readonly before: MessagePartsFragment | undefined;
  readonly own: boolean;
  readonly firstUnread: boolean;
}

/** Messages of one author within this time stand together. */
const TOGETHER_MS = 5 * 60_000;
const PICTURES = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|\u200d|\ufe0f|\s)+$/u;
const MAX_PICTURES = 3;
/** The longest emojis have fewer than twelve UTF-16 units. */
const MAX_PICTURES_LENGTH = 36;

/** Whether a message is a few emojis and nothing else. */
const isPictures = (body: string): boolean =>
  body.length <= MAX_PICTURES_LENGTH &&
  PICTURES.test(body) &&
  [...new Intl.Segmenter().segment(body.replaceAll(/\s/g, ''))].length <= MAX_PICTURES;

const dayOf = (at: string): string => new Date(at).toDateString();

export const MessageItem = memo(function MessageItem({ message, before, own, firstUnread, ...on }: MessageItemProps) {
  const text = useTexts();
  const newDay = !before || dayOf(before.createdAt) !== dayOf(message.createdAt);
  const together =
    !newDay &&
    !firstUnread &&
    before.author.id === message.author.id &&
    Date.parse(message.createdAt) - Date.parse(before.createdAt) < TOGETHER_MS;
  return (
    <div className="message-slot">
      {newDay && (
        <p className="day">
          <FormattedDate value={message.createdAt} dateStyle="long" />
        </p>
      )}
      {firstUnread && (
        <p className="new-line" data-testid="new-line">
          {text('room.new')}
        </p>
      )}
      <article className={`message${together ? ' together' : ''}${own ? ' own' : ''}`} data-seq={message.seq}>
        {!together && <Avatar user={message.author} />}
        <div className="message-content">
          {!together && (
            <header>
              <strong>{message.author.name}</strong>
              <time dateTime={message.createdAt}>
                <FormattedTime value={message.createdAt} />
              </time>
            </header>
          )}
          {message.erased ? (
            <p className="erased">{text('room.erased')}</p>
          ) : (
            <p className={isPictures(message.body) ? 'body pictures' : 'body'}>
              <LinkedText text={message.body} />
            </p>
          )}
          {message.reactions.length > 0 && (
            <div className="reactions">
              {message.reactions.map(({ emoji, count, mine }) => (
                <button
                  key={emoji}
                  className="reaction"
                  aria-pressed={mine}
                  aria-label={text('room.reaction', { emoji, count })}
                  onClick={() => on.toggle(message, emoji, mine)}
                >
                  <span aria-hidden>{emoji}</span>
                  <span aria-hidden>{count}</span>
                </button>
              ))}
            </div>
          )}
        </div>
        {!message.erased && (
          <button
            className="react"
            aria-label={text('room.react')}
            aria-haspopup="dialog"
            onClick={({ currentTarget }) => on.pick(message, currentTarget)}
          >
            <span aria-hidden>☺</span>
          </button>
        )}
      </article>
    </div>
  );
});

interface OutgoingItemProps {
  readonly outgoing: Outgoing;
  readonly retry: () => void;
  readonly discard: () => void;
}

export function OutgoingItem({ outgoing, retry, discard }: OutgoingItemProps) {
  const text = useTexts();
  const why = useRefusalText();
  const failed = outgoing.status === 'failed';
  return (
    <div className="message-slot">
      <article className={`message outgoing ${outgoing.status}`} data-status={outgoing.status}>
        <div className="message-content">
          <p className="body">
            <LinkedText text={outgoing.body} />
          </p>
          {failed ? (
            <p className="fate" role="alert">
              {text('room.notSent')}
              {outgoing.refusal !== null && `: ${why(outgoing.refusal)}`}
              {outgoing.refusal === null && <button onClick={retry}>{text('app.retry')}</button>}
              <button onClick={discard}>{text('room.discard')}</button>
            </p>
          ) : (
            <p className="fate">{text('room.sending')}</p>
          )}
        </div>
      </article>
    </div>
  );
}
