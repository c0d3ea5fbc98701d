import { madangError } from '@madang/client';
import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { Sheet } from '../../../shared/shell/sheet.js';
import { useRefusalText } from '../../../shared/text/refusals.js';
import { useTexts } from '../text/text.js';
import { useCounts } from './counts.js';
import type { ActionMutation, Counts } from './perform.js';
import { useActions } from './perform.js';

interface AskDialogProps<Input extends object> {
  readonly title: string;
  /** What it does, and whether it can be undone. */
  readonly text: string;
  readonly button: string;
  readonly isDanger?: boolean;
  readonly mutation: ActionMutation<Input>;
  readonly input: Input;
  /** What is said with it, that the numbers were shown: the server refuses where they have changed. */
  readonly expecting?: (counts: Counts) => Partial<Input>;
  readonly close: () => void;
  readonly done?: () => void;
}

/** Says what an action is about to touch, by a dry run of it, and does it after that. */
export function AskDialog<Input extends object>(props: AskDialogProps<Input>) {
  const { title, text: explanation, button, isDanger = false, mutation, input, expecting, close, done } = props;
  const text = useTexts();
  const why = useRefusalText();
  const words = useCounts();
  const { ask, perform } = useActions();
  const [commandId] = useState(() => crypto.randomUUID());
  const [counts, setCounts] = useState<Counts | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [running, setRunning] = useState(false);
  // What was asked for when the dialog was opened.
  const [asked] = useState({ mutation, input });

  useEffect(() => {
    let isOpen = true;
    ask(asked.mutation, asked.input).then(
      (preview) => isOpen && setCounts(preview),
      (error: unknown) => isOpen && setFailure(why(madangError(error))),
    );
    return () => void (isOpen = false);
  }, [ask, asked, why]);

  const run = async (): Promise<void> => {
    setRunning(true);
    setFailure(null);
    try {
      await perform(asked.mutation, { ...asked.input, ...expecting?.(counts ?? []) }, commandId);
      done?.();
      close();
    } catch (error) {
      setFailure(why(madangError(error)));
      setRunning(false);
    }
  };

  return (
    <Sheet title={title} close={close}>
      <p>{explanation}</p>
      {counts ? (
        <div className="effect">
          <p>{text('ask.touches')}</p>
          <ul>
            {words(counts).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </div>
      ) : (
        failure === null && <p role="status">{text('ask.counting')}</p>
      )}
      {failure !== null && <p role="alert">{failure}</p>}
      <footer>
        <Button onPress={close}>{text('app.cancel')}</Button>
        <Button
          className={isDanger ? 'danger' : 'primary'}
          isDisabled={running || counts === null}
          onPress={() => void run()}
        >
          {button}
        </Button>
      </footer>
    </Sheet>
  );
}
