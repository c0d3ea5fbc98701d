import { useState } from 'react';
import { Button, Input, Label, Text, TextField } from 'react-aria-components';
import { useSession } from '../../../shared/session/session.js';
import { useTexts } from '../text/text.js';

/** In development a token with the role comes from the command-line tool. */
export function TokenForm() {
  const text = useTexts();
  const { signInWithToken } = useSession();
  const [token, setToken] = useState('');
  const [running, setRunning] = useState(false);
  const submit = async (): Promise<void> => {
    setRunning(true);
    await signInWithToken(token.trim());
    setRunning(false);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <TextField value={token} onChange={setToken} isRequired autoFocus>
        <Label>{text('console.token')}</Label>
        <Input type="password" autoComplete="off" spellCheck="false" />
        <Text slot="description">
          {text('console.tokenHelp')} <code>bin/madang token operator --role admin</code>
        </Text>
      </TextField>
      <Button className="primary" type="submit" isDisabled={running || token.trim() === ''}>
        {text('signIn.button')}
      </Button>
    </form>
  );
}
