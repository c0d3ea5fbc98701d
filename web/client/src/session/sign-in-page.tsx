import { useState } from 'react';
import { Button, Input, Label, Text, TextField } from 'react-aria-components';
import type { TextId } from '../text/text.js';
import { useTexts } from '../text/text.js';
import { useSession } from './session.js';

export function SignInPage() {
  const text = useTexts();
  const { settings, signIn, reason } = useSession();
  const [handle, setHandle] = useState('');
  const [refusal, setRefusal] = useState<TextId | null>(null);
  const [running, setRunning] = useState(false);
  const submit = async (): Promise<void> => {
    setRunning(true);
    const code = await signIn(handle.trim());
    if (code === null) return;
    setRunning(false);
    setRefusal(code === 'BAD_USER_INPUT' ? 'signIn.invalid' : 'signIn.failed');
  };
  return (
    <main className="sign-in">
      <h1>{text('app.name')}</h1>
      <p>{text('app.tagline')}</p>
      {reason !== null && <p className="notice">{text(reason)}</p>}
      {settings?.authMode === 'jwt' ? (
        <p className="notice">{text('signIn.noProvider')}</p>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          <TextField
            value={handle}
            onChange={setHandle}
            maxLength={30}
            isInvalid={refusal !== null}
            isRequired
            autoFocus
          >
            <Label>{text('signIn.handle')}</Label>
            <Input autoComplete="username" autoCapitalize="none" spellCheck="false" />
            <Text slot="description">{text('signIn.help')}</Text>
          </TextField>
          {refusal !== null && <p role="alert">{text(refusal)}</p>}
          <Button className="primary" type="submit" isDisabled={running || handle.trim() === ''}>
            {text('signIn.button')}
          </Button>
        </form>
      )}
    </main>
  );
}
