import { Dialog, Popover } from 'react-aria-components';
import { useTexts } from '../text/text.js';

const EMOJIS = ['👍', '❤️', '😂', '🎉', '😮', '😢', '🙏', '👏', '🔥', '👀', '✅', '💯', '🤔', '🙌', '😍', '☕'];

interface ReactionPickerProps {
  readonly anchor: HTMLElement | null;
  readonly pick: (emoji: string) => void;
  readonly close: () => void;
}

export function ReactionPicker({ anchor, pick, close }: ReactionPickerProps) {
  const text = useTexts();
  return (
    <Popover
      className="popover"
      triggerRef={{ current: anchor }}
      isOpen={anchor !== null}
      onOpenChange={(open) => !open && close()}
      placement="top end"
    >
      <Dialog aria-label={text('room.react')} className="picker">
        {EMOJIS.map((emoji) => (
          <button
            key={emoji}
            aria-label={emoji}
            onClick={() => {
              pick(emoji);
              close();
            }}
          >
            {emoji}
          </button>
        ))}
      </Dialog>
    </Popover>
  );
}
