import { useState } from 'react';
import type { ReactNode } from 'react';
import { Button, Input, Label, Text, TextField } from 'react-aria-components';
import type { SharedTextId } from '../text/en.js';
import { useTexts } from '../text/text.js';
import { useSession } from './session.js';

interface SignInPageProps {
  readonly title: string;
  readonly tagline: string;
  /** What stands for signing in by handle, which gives no role. */
  readonly ofDevelopment?: ReactNode;
}

export function SignInPage({ title, tagline, ofDevelopment = <ByHandle /> }: SignInPageProps) {
  const text = useTexts();
  const { settings, reason } = useSession();
  return (
    <main className="sign-in">
      <h1>{title}</h1>
      <p>{tagline}</p>
      {reason !== null && (
        <p className="notice" role="status">
          {text(reason.id, reason.values)}
        </p>
      )}
      {settings?.authMode !== 'jwt' ? (
        ofDevelopment
      ) : settings.oidc ? (
        <ByProvider />
      ) : (
        <p className="notice">{text('signIn.noProvider')}</p>
      )}
    </main>
  );
}

/** The identity provider's own page asks for what it takes. */
function ByProvider() {
  const text = useTexts();
  const { goToProvider, reason } = useSession();
  return (
    <div className="stack">
      <Button className="primary" autoFocus onPress={() => void goToProvider('in')}>
        {text('signIn.button')}
      </Button>
      {reason?.id === 'signIn.tokenRefused' && (
        <Button onPress={() => void goToProvider('out')}>{text('signIn.asAnother')}</Button>
      )}
    </div>
  );
}

function ByHandle() {
  const text = useTexts();
  const { signIn } = useSession();
  const [handle, setHandle] = useState('');
  const [refusal, setRefusal] = useState<SharedTextId | null>(null);
  const [running, setRunning] = useState(false);
  const submit = async (): Promise<void> => {
    setRunning(true);
    const code = await signIn(handle.trim());
    if (code === null) return;
    setRunning(false);
    setRefusal(code === 'BAD_USER_INPUT' ? 'signIn.invalid' : 'signIn.failed');
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <TextField
        value={handle}
        onChange={(written) => {
          setHandle(written);
          setRefusal(null);
        }}
        maxLength={30}
        isInvalid={refusal === 'signIn.invalid'}
        // The browser's own validation would hold back what the server has refused once, also after it was changed.
        validationBehavior="aria"
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
  );
}
