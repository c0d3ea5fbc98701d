import { useQuery } from '@apollo/client/react';
import type { RoomQuery } from '../generated/operations.js';
import { RoomDocument } from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import { Answer } from '../ui/answer.js';
import { BackLink } from '../ui/back-link.js';
import { Facts } from '../ui/facts.js';
import { useFormat } from '../ui/format.js';
import { poll } from '../ui/poll.js';
import { Time } from '../ui/time.js';
import { HeatCard } from './heat-card.js';
import { RoomLog } from './room-log.js';

export function RoomPage({ roomId }: { readonly roomId: string }) {
  const text = useTexts();
  const answer = useQuery(RoomDocument, { ...poll(2_000), variables: { id: roomId } });
  return (
    <Answer of={answer}>
      {({ admin }) =>
        admin!.room ? (
          <Room room={admin!.room} />
        ) : (
          <header className="title">
            <BackLink href="/rooms" label={text('rooms.back')} />
            <h1>{text('room.notFound')}</h1>
          </header>
        )
      }
    </Answer>
  );
}

function Room({ room }: { readonly room: NonNullable<NonNullable<RoomQuery['admin']>['room']> }) {
  const text = useTexts();
  const format = useFormat();
  const { id, title, createdAt, createdBy, memberCount, lastSeq, heat } = room;
  return (
    <>
      <header className="title">
        <BackLink href="/rooms" label={text('rooms.back')} />
        <h1>{title}</h1>
      </header>
      <Facts
        of={[
          [text('room.id'), <code key="id">{id}</code>],
          [text('room.members'), format.count(memberCount)],
          [text('room.messages'), format.count(lastSeq)],
          [text('room.createdBy'), `@${createdBy.handle}`],
          [text('room.created'), <Time key="created" at={createdAt} />],
        ]}
      />
      <HeatCard roomId={id} heat={heat} />
      <RoomLog roomId={id} />
    </>
  );
}
