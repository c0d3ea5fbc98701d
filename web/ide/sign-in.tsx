import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { parse } from 'graphql';
import { SIGN_IN } from './examples.js';
import { signsInByHandle } from './settings.js';
import { onceOpen } from './use-tabs.js';

/** The name of a document's operation that signs in: null without a name, undefined without such an operation. */
function signInOf(query: string | null): string | null | undefined {
  try {
    for (const definition of parse(query ?? '').definitions) {
      if (definition.kind !== 'OperationDefinition') continue;
      const { name, selectionSet } = definition;
      if (selectionSet.selections.some((field) => field.kind === 'Field' && field.name.value === 'signIn'))
        return name?.value ?? null;
    }
  } catch {
    // A document that does not parse signs nobody in.
  }
  return undefined;
}

/** Executes the `signIn` of the first tab that has one; without such a tab, in a new one. */
function RunSignIn() {
  const { tabs, activeTabIndex, queryEditor, responseEditor } = useGraphiQL(
    pick('tabs', 'activeTabIndex', 'queryEditor', 'responseEditor'),
  );
  const actions = useGraphiQLActions();
  // The editors come last, and GraphiQL executes nothing without them.
  const isReady = Boolean(queryEditor && responseEditor);

  const signIn = () => {
    const index = tabs.findIndex(({ query }) => signInOf(query) !== undefined);
    const name = index < 0 ? 'SignIn' : signInOf(tabs[index]!.query);
    const run = () => {
      actions.stop();
      if (name) actions.setOperationName(name);
      void actions.run();
    };
    if (index === activeTabIndex) return run();
    onceOpen(run);
    if (index >= 0) return actions.changeTab(index);
    actions.addTab();
    queryEditor?.setValue(SIGN_IN);
  };

  return (
    <button
      type="button"
      disabled={!isReady}
      onClick={signIn}
      title="Execute the SignIn operation: its handle is in the document"
    >
      run SignIn
    </button>
  );
}

/** Without `signIn(handle:)` a token comes from an identity provider, and is put under Headers by hand. */
function EnterToken() {
  const headerEditor = useGraphiQL((state) => state.headerEditor);
  const open = () => {
    document.querySelector<HTMLElement>('.graphiql-editor-tools [data-name="headers"]')?.click();
    if (!headerEditor) return;
    if (headerEditor.getValue().trim() === '') headerEditor.setValue('{\n  "Authorization": "Bearer "\n}\n');
    headerEditor.focus();
  };
  return (
    <button type="button" onClick={open} title="Open Headers, where the token of your identity provider goes">
      enter a token
    </button>
  );
}

export const SignInButton = () => (signsInByHandle() ? <RunSignIn /> : <EnterToken />);
