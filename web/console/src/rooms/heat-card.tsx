import { madangError } from '@madang/client';
import { useState } from 'react';
import { Button, Input, Label, Radio, RadioGroup, TextField } from 'react-aria-components';
import { Sheet } from '../../../shared/shell/sheet.js';
import { useActions } from '../actions/perform.js';
import type { RoomHeatPartsFragment } from '../generated/operations.js';
import { ClearRoomHeatDocument, SetRoomHeatDocument } from '../generated/operations.js';
import { useRefusalText } from '../../../shared/text/refusals.js';
import { useTexts } from '../text/text.js';
import { Facts } from '../ui/facts.js';
import { useFormat } from '../ui/format.js';
import { Time } from '../ui/time.js';
import { say } from '../ui/toasts.js';
import { HeatTag } from './heat-tag.js';

interface HeatCardProps {
  readonly roomId: string;
  readonly heat: RoomHeatPartsFragment | null;
}

/** The heat of a room, who decides it, and a way to decide it oneself for a while. */
export function HeatCard({ roomId, heat }: HeatCardProps) {
  const text = useTexts();
  const why = useRefusalText();
  const format = useFormat();
  const { perform } = useActions();
  const [setting, setSetting] = useState(false);
  const clear = (): void => {
    perform(ClearRoomHeatDocument, { roomId }, crypto.randomUUID()).catch((error: unknown) =>
      say(why(madangError(error)), true),
    );
  };
  return (
    <section className="card">
      <h2>{text('heat.title')}</h2>
      {heat ? (
        <Facts
          of={[
            [text('room.state'), <HeatTag key="state" heat={heat} />],
            [text('room.fetches'), format.measure(heat.fetchesPerSecond)],
            [text('heat.pace'), heat.paceMs === 0 ? text('heat.noPace') : text('heat.paceMs', { ms: heat.paceMs })],
            [text('heat.by'), text(heat.by === 'OVERRIDE' ? 'heat.byOperator' : 'heat.byCounts')],
            [text('heat.until'), <Time key="until" at={heat.until} />],
          ]}
        />
      ) : (
        <p className="notice warm">{text('rooms.noHeat')}</p>
      )}
      <div className="buttons">
        <button disabled={!heat} onClick={() => setSetting(true)}>
          {text('heat.set')}
        </button>
        {heat?.by === 'OVERRIDE' && <button onClick={clear}>{text('kind.CLEAR_HEAT')}</button>}
      </div>
      {setting && <SetHeat roomId={roomId} close={() => setSetting(false)} />}
    </section>
  );
}

function SetHeat({ roomId, close }: { readonly roomId: string; readonly close: () => void }) {
  const text = useTexts();
  const why = useRefusalText();
  const { perform } = useActions();
  const [commandId] = useState(() => crypto.randomUUID());
  const [state, setState] = useState<'HOT' | 'NORMAL'>('HOT');
  const [minutes, setMinutes] = useState('10');
  const [failure, setFailure] = useState<string | null>(null);
  const seconds = Math.round(Number(minutes) * 60);
  const isValid = seconds >= 1 && seconds <= 604_800;
  const submit = async (): Promise<void> => {
    try {
      await perform(SetRoomHeatDocument, { roomId, state, seconds }, commandId);
      close();
    } catch (error) {
      setFailure(why(madangError(error)));
    }
  };
  return (
    <Sheet title={text('heat.set')} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <RadioGroup value={state} onChange={(value) => setState(value as typeof state)}>
          <Label>{text('heat.setText')}</Label>
          <Radio value="HOT">{text('heat.setHot')}</Radio>
          <Radio value="NORMAL">{text('heat.setCool')}</Radio>
        </RadioGroup>
        <TextField value={minutes} onChange={setMinutes} isInvalid={!isValid} inputMode="decimal">
          <Label>{text('heat.minutes')}</Label>
          <Input />
        </TextField>
        {failure !== null && <p role="alert">{failure}</p>}
        <footer>
          <Button onPress={close}>{text('app.cancel')}</Button>
          <Button className="primary" type="submit" isDisabled={!isValid}>
            {text('heat.set')}
          </Button>
        </footer>
      </form>
    </Sheet>
  );
}
