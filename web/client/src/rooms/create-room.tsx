import { useApolloClient } from '@apollo/client/react';
import { useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { MyRoomsDocument } from '../generated/operations.js';
import { Sheet } from '../../../shared/shell/sheet.js';
import { useCommand } from '../shell/use-command.js';
import { useTexts } from '../text/text.js';

interface CreateRoomProps {
  readonly close: () => void;
  readonly created: (id: string) => void;
}

export function CreateRoom({ close, created }: CreateRoomProps) {
  const text = useTexts();
  const command = useCommand();
  const apollo = useApolloClient();
  const [title, setTitle] = useState('');
  const create = async (): Promise<void> => {
    const payload = await command.run('createRoom', { title });
    if (!payload?.room) return;
    await apollo.refetchQueries({ include: [MyRoomsDocument] }).catch(() => undefined);
    close();
    created(payload.room.id);
  };
  return (
    <Sheet title={text('rooms.createTitle')} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <TextField value={title} onChange={setTitle} maxLength={200} isRequired autoFocus>
          <Label>{text('rooms.title')}</Label>
          <Input autoComplete="off" />
        </TextField>
        {command.refusal !== null && <p role="alert">{command.refusal}</p>}
        <footer>
          <Button onPress={close}>{text('app.cancel')}</Button>
          <Button className="primary" type="submit" isDisabled={command.running || title.trim() === ''}>
            {text('rooms.open')}
          </Button>
        </footer>
      </form>
    </Sheet>
  );
}
