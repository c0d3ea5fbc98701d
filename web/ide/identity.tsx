import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';
import { authorizationIn, type Headers } from './fetcher.js';
import { signOut, useSession } from './session.js';
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
  const { tabs, activeTabIndex, queryEditor, variableEditor } = useGraphiQL(
    pick('tabs', 'activeTabIndex', 'queryEditor', 'variableEditor'),
  );
  const actions = useGraphiQLActions();
  const tab = tabs[activeTabIndex];
  const explicit = authorizationIn(parsed(tab?.headers)) !== null;

  useEffect(() => queryEditor?.updateOptions({ wordWrap: 'on' }), [queryEditor]);

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

  // What runs still runs as who started it.
  const leave = () => {
    actions.stop();
    signOut();
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
          <button type="button" onClick={leave}>
            sign out
          </button>
        </>
      )}
      {!explicit && !token && <span className="who">not signed in</span>}
    </div>
  );
}
