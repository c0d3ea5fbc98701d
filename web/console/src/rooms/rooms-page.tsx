import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { Input, Label, TextField } from 'react-aria-components';
import { Link } from 'wouter';
import type { AdminRoomPartsFragment } from '../generated/operations.js';
import { HottestRoomsDocument, RoomsDocument } from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import { Answer } from '../ui/answer.js';
import { useFormat } from '../ui/format.js';
import { Pager, usePlace } from '../ui/pager.js';
import { poll } from '../ui/poll.js';
import type { Column } from '../ui/table.js';
import { Table } from '../ui/table.js';
import { Time } from '../ui/time.js';
import { HeatTag } from './heat-tag.js';

export function RoomsPage() {
  const text = useTexts();
  return (
    <>
      <h1>{text('rooms.title')}</h1>
      <section>
        <h2>{text('rooms.hottest')}</h2>
        <Hottest />
      </section>
      <section>
        <h2>{text('rooms.all')}</h2>
        <AllRooms />
      </section>
    </>
  );
}

function useColumns(): readonly Column<AdminRoomPartsFragment>[] {
  const text = useTexts();
  const format = useFormat();
  return [
    { title: text('room.title'), cell: ({ id, title }) => <Link href={`/rooms/${id}`}>{title}</Link> },
    { title: text('room.state'), cell: ({ heat }) => <HeatTag heat={heat} /> },
    {
      title: text('room.fetches'),
      isNumber: true,
      cell: ({ heat }) => format.measure(heat?.fetchesPerSecond ?? null),
    },
    { title: text('room.members'), isNumber: true, cell: ({ memberCount }) => format.count(memberCount) },
    { title: text('room.messages'), isNumber: true, cell: ({ lastSeq }) => format.count(lastSeq) },
    { title: text('room.created'), cell: ({ createdAt }) => <Time at={createdAt} /> },
  ];
}

function Hottest() {
  const text = useTexts();
  const columns = useColumns();
  const answer = useQuery(HottestRoomsDocument, poll(2_000));
  return (
    <Answer of={answer}>
      {({ admin }) => {
        const hottest = admin!.hottestRooms;
        if (!hottest) return <p className="empty">{text('rooms.noHeat')}</p>;
        return (
          <>
            {!hottest.isDecided && <p className="notice warm">{text('rooms.notDecided')}</p>}
            <Table
              label={text('rooms.hottest')}
              rows={hottest.rooms}
              keyOf={({ id }) => id}
              columns={columns}
              empty={text('rooms.calm')}
            />
          </>
        );
      }}
    </Answer>
  );
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function AllRooms() {
  const text = useTexts();
  const columns = useColumns();
  const place = usePlace();
  const [title, setTitle] = useState('');
  const sought = title.trim();
  const answer = useQuery(RoomsDocument, { ...poll(5_000), variables: { title: sought, after: place.after } });
  const data = answer.data ?? answer.previousData;
  return (
    <>
      <TextField
        className="search"
        type="search"
        value={title}
        onChange={(value) => {
          setTitle(value.slice(0, 200));
          place.first();
        }}
      >
        <Label>{text('rooms.find')}</Label>
        <Input autoComplete="off" spellCheck="false" />
      </TextField>
      {UUID.test(sought) && (
        <p>
          <Link href={`/rooms/${sought.toLowerCase()}`}>{text('rooms.byId', { id: sought })}</Link>
        </p>
      )}
      <Answer of={{ data, error: answer.error }}>
        {({ admin }) => (
          <>
            <Table
              label={text('rooms.all')}
              rows={admin!.rooms.nodes}
              keyOf={({ id }) => id}
              columns={columns}
              empty={text(sought === '' ? 'rooms.none' : 'rooms.noneFound')}
            />
            <Pager place={place} pageInfo={admin!.rooms.pageInfo} />
          </>
        )}
      </Answer>
    </>
  );
}
