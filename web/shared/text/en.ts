/** The texts that every page has. */
export const en = {
  'app.name': 'Madang',
  'app.loading': 'Loading…',
  'app.close': 'Close',
  'app.cancel': 'Cancel',
  'app.retry': 'Try again',
  'app.account': 'Account',
  'app.language': '한국어로',
  'app.theme.dark': 'Dark',
  'app.theme.light': 'Light',
  'app.notFound': 'There is nothing at this address.',
  'app.failed': 'That did not work: {message}',
  'signIn.title': 'Sign in',
  'signIn.handle': 'Your handle',
  'signIn.help': 'Letters, digits, “_”, “.” or “-”. A new handle is registered. This server asks for no password.',
  'signIn.button': 'Sign in',
  'signIn.invalid':
    'This handle cannot be used: it needs 1 to 30 letters, digits, “_”, “.” or “-”, or it was given up lately.',
  'signIn.failed': 'Signing in did not work. Try again in a moment.',
  'signIn.ended': 'Your sign-in has ended. Sign in again to go on.',
  'signIn.noProvider':
    'This server takes tokens of an identity provider, and this page is not told which one. ' +
    'An operator can set MADANG_OIDC_ISSUER and MADANG_OIDC_CLIENT_ID.',
  'signIn.providerAway': 'The identity provider, {issuer}, does not answer. Try again in a moment.',
  'signIn.providerRefused': 'The identity provider did not sign you in: {message}',
  'signIn.stale': 'That sign-in was begun elsewhere, or long ago. Begin it again here.',
  'signIn.tokenRefused':
    'The identity provider has signed you in, but this server does not accept its token: “{message}” ' +
    'Tell the operator of this server, or sign in as someone else.',
  'signIn.ownTokenRefused': 'The server does not accept this token. It says: “{message}”',
  'signIn.asAnother': 'Sign in as someone else',
  'signIn.deleted': 'Your account is deleted.',
} as const;

export type SharedTextId = keyof typeof en;
