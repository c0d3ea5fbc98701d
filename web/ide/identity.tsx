import { pick, useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';
import { authorizationIn, type Headers } from './fetcher.js';
import { signOut, useSession } from './session.js';
import { SignInButton } from './sign-in.js';
import { useTabs } from './use-tabs.js';
import { replaceRoomId, withRoomId } from './variables.js';

function parsed(text: string | null | undefined): Headers {
  try {
    return JSON.parse(text || '{}') ?? {};
  } catch {
    return {};
  }
}

/** The line at the top right: who this browser tab is, and the room that its examples act on. */
export function Identity() {
  const { token, handle, room } = useSession();
  const { tabs, activeTabIndex, queryEditor, variableEditor, responseEditor } = useGraphiQL(
    pick('tabs', 'activeTabIndex', 'queryEditor', 'variableEditor', 'responseEditor'),
  );
  useTabs();
  const tab = tabs[activeTabIndex];
  const explicit = authorizationIn(parsed(tab?.headers)) !== null;

  useEffect(() => queryEditor?.updateOptions({ wordWrap: 'on' }), [queryEditor]);
  // An address in an answer was written by another user: it leads nowhere by itself.
  useEffect(() => responseEditor?.updateOptions({ links: false }), [responseEditor]);

  // Filled where it can be seen and changed. Only what is empty: an id that somebody typed is theirs.
  useEffect(() => {
    if (!room || !queryEditor || !variableEditor) return;
    const filled = withRoomId(variableEditor.getValue(), room.id, queryEditor.getValue());
    if (filled !== null) variableEditor.setValue(filled);
  }, [room, tab?.id, queryEditor, variableEditor]);

  const actOnRoom = () => {
    if (!room || !queryEditor || !variableEditor) return;
    const filled = replaceRoomId(variableEditor.getValue(), room.id, queryEditor.getValue());
    if (filled !== null) variableEditor.setValue(filled);
  };

  return (
    <div className="identity" role="status">
      {room && (
        <button
          type="button"
          className="room"
          onClick={actOnRoom}
          title={`Put ${room.id} into this tab's roomId variable`}
        >
          room <strong>{room.title ?? <code>{room.id.slice(0, 8)}</code>}</strong>
        </button>
      )}
      {explicit && <span className="who header">the Headers pane’s Authorization</span>}
      {!explicit && token && (
        <>
          <span className="who signed-in">
            signed in as <strong>@{handle ?? '?'}</strong>
          </span>
          <button type="button" onClick={signOut}>
            sign out
          </button>
        </>
      )}
      {!explicit && !token && (
        <>
          <span className="who">not signed in</span>
          <SignInButton />
        </>
      )}
    </div>
  );
}
