import { Button } from 'react-aria-components';
import { useCommand } from '../shell/use-command.js';
import { Sheet } from '../../../shared/shell/sheet.js';
import { useTexts } from '../text/text.js';

interface LeaveRoomProps {
  readonly room: { readonly id: string; readonly title: string };
  readonly close: () => void;
  readonly left: () => void;
}

export function LeaveRoom({ room, close, left }: LeaveRoomProps) {
  const text = useTexts();
  const command = useCommand();
  const leave = async (): Promise<void> => {
    if (await command.run('leaveRoom', { roomId: room.id })) left();
  };
  return (
    <Sheet title={text('room.leaveTitle', { title: room.title })} close={close}>
      <p>{text('room.leaveText')}</p>
      {command.refusal !== null && <p role="alert">{command.refusal}</p>}
      <footer>
        <Button onPress={close}>{text('app.cancel')}</Button>
        <Button className="danger" isDisabled={command.running} onPress={() => void leave()}>
          {text('room.leave')}
        </Button>
      </footer>
    </Sheet>
  );
}
