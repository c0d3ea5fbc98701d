import { useEffect, useRef, useState } from 'react';
import { Button, TextArea, TextField } from 'react-aria-components';
import { useTexts } from '../text/text.js';

const MAX_CHARACTERS = 4_000;

export function Composer({ send }: { readonly send: (body: string) => void }) {
  const text = useTexts();
  const [body, setBody] = useState('');
  const area = useRef<HTMLTextAreaElement>(null);
  // A room that is opened is written in. On a phone, that would bring the keyboard up over the messages.
  useEffect(() => {
    if (matchMedia('(hover: hover)').matches) area.current?.focus({ preventScroll: true });
  }, []);
  const length = Array.from(body).length;
  const sendable = body.trim() !== '' && length <= MAX_CHARACTERS;
  const submit = (): void => {
    if (!sendable) return;
    send(body);
    setBody('');
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <TextField aria-label={text('room.write')} value={body} onChange={setBody}>
        <TextArea
          ref={area}
          rows={1}
          placeholder={text('room.write')}
          onKeyDown={(event) => {
            // While Hangul is composed, Enter ends the syllable.
            if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            submit();
          }}
        />
      </TextField>
      {length > MAX_CHARACTERS * 0.9 && (
        <span className={length > MAX_CHARACTERS ? 'count over' : 'count'}>
          {text('room.tooLong', { count: length })}
        </span>
      )}
      <Button className="primary" type="submit" isDisabled={!sendable}>
        {text('room.send')}
      </Button>
    </form>
  );
}
