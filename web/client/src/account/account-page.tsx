import { useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { Link } from 'wouter';
import { useSession } from '../../../shared/session/session.js';
import { useSignedIn } from '../session/signed-in.js';
import { Avatar } from '../../../shared/shell/avatar.js';
import { usePageTitle } from '../../../shared/shell/title.js';
import { Sheet } from '../../../shared/shell/sheet.js';
import { useCommand } from '../shell/use-command.js';
import { useTexts } from '../text/text.js';

export function AccountPage() {
  const text = useTexts();
  const { user } = useSignedIn();
  const { signOut } = useSession();
  usePageTitle(text('account.title'));
  const [deleting, setDeleting] = useState(false);
  return (
    <section className="account">
      <header className="bar">
        <Link className="icon" href="/" aria-label={text('app.back')}>
          ←
        </Link>
        <h1>{text('account.title')}</h1>
      </header>
      <div className="card">
        <Avatar user={user} />
        <dl>
          <dt>{text('account.name')}</dt>
          <dd>{user.name}</dd>
          <dt>{text('account.handle')}</dt>
          <dd>@{user.handle}</dd>
        </dl>
        <Button onPress={() => signOut()}>{text('account.signOut')}</Button>
      </div>
      <div className="card farewell">
        <h2>{text('account.delete')}</h2>
        <p className="hint">{text('account.deleteText')}</p>
        <Button className="danger quiet" onPress={() => setDeleting(true)}>
          {text('account.delete')}
        </Button>
      </div>
      {deleting && <DeleteAccount close={() => setDeleting(false)} />}
    </section>
  );
}

function DeleteAccount({ close }: { readonly close: () => void }) {
  const text = useTexts();
  const { user } = useSignedIn();
  const { signOut } = useSession();
  const command = useCommand();
  const [typed, setTyped] = useState('');
  const remove = async (): Promise<void> => {
    if (await command.run('deleteAccount', {})) signOut('signIn.deleted');
  };
  return (
    <Sheet title={text('account.deleteTitle')} close={close}>
      <p>{text('account.deleteText')}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void remove();
        }}
      >
        <TextField value={typed} onChange={setTyped} autoFocus>
          <Label>{text('account.confirm')}</Label>
          <Input autoComplete="off" autoCapitalize="none" spellCheck="false" />
        </TextField>
        {command.refusal !== null && <p role="alert">{command.refusal}</p>}
        <footer>
          <Button onPress={close}>{text('app.cancel')}</Button>
          <Button className="danger" type="submit" isDisabled={command.running || typed.trim() !== user.handle}>
            {text('account.deleteNow')}
          </Button>
        </footer>
      </form>
    </Sheet>
  );
}
