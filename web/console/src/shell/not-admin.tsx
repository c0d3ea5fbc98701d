import { useSession } from '../../../shared/session/session.js';
import { TokenForm } from '../session/token-form.js';
import { useTexts } from '../text/text.js';

/** For users without the role: what is missing, and where it comes from. */
export function NotAdmin() {
  const text = useTexts();
  const { signedIn, settings, signOut } = useSession();
  const isJwt = settings?.authMode === 'jwt';
  return (
    <main className="sign-in">
      <h1>{text('notAdmin.title')}</h1>
      <p>{text('notAdmin.text', { handle: signedIn!.user.handle })}</p>
      <p>{text(isJwt ? 'notAdmin.provider' : 'notAdmin.development')}</p>
      {isJwt ? (
        <button className="primary" onClick={() => signOut()}>
          {text('signIn.asAnother')}
        </button>
      ) : (
        <TokenForm />
      )}
      <a href="/">{text('notAdmin.client')}</a>
    </main>
  );
}
