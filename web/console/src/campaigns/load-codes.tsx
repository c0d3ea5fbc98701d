import { useApolloClient } from '@apollo/client/react';
import { MadangError, madangError } from '@madang/client';
import { useState } from 'react';
import { Button, Label, Text, TextArea, TextField } from 'react-aria-components';
import { Sheet } from '../../../shared/shell/sheet.js';
import { mutateOnce } from '../actions/perform.js';
import { LoadGifticonCodesDocument } from '../generated/operations.js';
import { useRefusalText } from '../../../shared/text/refusals.js';
import { useTexts } from '../text/text.js';
import { say } from '../ui/toasts.js';

const MOST = 1_000;

interface LoadCodesProps {
  readonly campaignId: string;
  readonly close: () => void;
}

const codesIn = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** Adds ready-made codes. They leave the page with the request, and come back in no answer. */
export function LoadCodes({ campaignId, close }: LoadCodesProps) {
  const text = useTexts();
  const why = useRefusalText();
  const apollo = useApolloClient();
  const [written, setWritten] = useState('');
  // Other codes are another command.
  const [command, setCommand] = useState({ of: '', id: crypto.randomUUID() });
  const [running, setRunning] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const codes = codesIn(written);
  const submit = async (): Promise<void> => {
    setRunning(true);
    setFailure(null);
    const commandId = command.of === written || command.of === '' ? command.id : crypto.randomUUID();
    setCommand({ of: written, id: commandId });
    try {
      const input = { campaignId, commandId, codes: [...codes] };
      const { changed } = await mutateOnce(apollo, LoadGifticonCodesDocument, { input });
      const { rejection } = changed.receipt;
      if (rejection) throw new MadangError(rejection.code, rejection.message);
      say(text('codes.loaded', { count: codes.length }));
      close();
    } catch (error) {
      setFailure(why(madangError(error)));
      setRunning(false);
    }
  };
  return (
    <Sheet title={text('codes.load')} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <TextField value={written} onChange={setWritten} isInvalid={codes.length > MOST} autoFocus>
          <Label>{text('codes.list')}</Label>
          <TextArea rows={8} spellCheck="false" autoComplete="off" />
          <Text slot="description">{text('codes.help')}</Text>
        </TextField>
        <p role="status">{text(codes.length > MOST ? 'codes.tooMany' : 'codes.count', { count: codes.length })}</p>
        {failure !== null && <p role="alert">{failure}</p>}
        <footer>
          <Button onPress={close}>{text('app.cancel')}</Button>
          <Button className="primary" type="submit" isDisabled={running || codes.length === 0 || codes.length > MOST}>
            {text('codes.loadNow', { count: codes.length })}
          </Button>
        </footer>
      </form>
    </Sheet>
  );
}
