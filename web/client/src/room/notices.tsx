import { useStore } from '../../../shared/session/store.js';
import { useSignedIn } from '../session/signed-in.js';
import { useTexts } from '../text/text.js';
import type { RoomFeed } from './room-feed.js';

/** What is unusual now, in calm words. */
export function Notices({ feed, roomId }: { readonly feed: RoomFeed; readonly roomId: string }) {
  const text = useTexts();
  const { interrupted, missed, gap } = useStore(feed.state);
  const isHot = useStore(useSignedIn().api.heat.paces).has(roomId);
  return (
    <div className="notices" role="status">
      {interrupted && <p className="notice waiting">{text('room.interrupted')}</p>}
      {!interrupted && missed !== null && <p className="notice good">{text('room.back', { count: missed })}</p>}
      {gap && (
        <p className="notice">
          {text('room.gap')}
          <button onClick={() => feed.dismissGap()}>{text('app.close')}</button>
        </p>
      )}
      {isHot && <p className="notice warm">{text('room.hot')}</p>}
    </div>
  );
}
