import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { AskDialog } from '../actions/ask-dialog.js';
import { DropDeadLettersDocument, ParkedKeysDocument, RetryDeadLettersDocument } from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import { Answer } from '../ui/answer.js';
import { Pager, usePlace } from '../ui/pager.js';
import { poll } from '../ui/poll.js';
import { Table } from '../ui/table.js';
import { Time } from '../ui/time.js';

interface Asked {
  readonly what: 'retry' | 'drop';
  readonly id: string;
}

/** The rooms, users and campaigns whose events read models hold back. */
export function ParkedKeys() {
  const text = useTexts();
  const place = usePlace();
  const [asked, setAsked] = useState<Asked | null>(null);
  const answer = useQuery(ParkedKeysDocument, { ...poll(2_000), variables: { after: place.after } });
  const data = answer.data ?? answer.previousData;
  return (
    <Answer of={{ data, error: answer.error }}>
      {({ admin }) => (
        <>
          <p className="lead">{text('parked.lead')}</p>
          <Table
            label={text('parked.title')}
            rows={admin!.parkedKeys.nodes}
            keyOf={({ readModel, partition, key }) => `${readModel} ${partition} ${key}`}
            empty={text('parked.none')}
            columns={[
              { title: text('parked.model'), cell: ({ readModel }) => readModel },
              { title: text('letter.key'), cell: ({ key }) => <code>{key}</code> },
              {
                title: text('letter.place'),
                cell: ({ partition, position }) => text('letter.placeOf', { partition, place: position }),
              },
              { title: text('letter.reason'), cell: ({ reason }) => <span className="reason">{reason}</span> },
              { title: text('parked.since'), cell: ({ since }) => <Time at={since} /> },
              {
                title: text('letter.number'),
                cell: ({ deadLetterId }) =>
                  deadLetterId === null ? (
                    text('parked.newer')
                  ) : (
                    <span className="tags">
                      <button onClick={() => setAsked({ what: 'retry', id: deadLetterId })}>
                        {text('parked.retry', { id: deadLetterId })}
                      </button>
                      <button onClick={() => setAsked({ what: 'drop', id: deadLetterId })}>
                        {text('parked.drop', { id: deadLetterId })}
                      </button>
                    </span>
                  ),
              },
            ]}
          />
          <Pager place={place} pageInfo={admin!.parkedKeys.pageInfo} />
          {asked && (
            <AskDialog
              title={text(asked.what === 'retry' ? 'ask.retry' : 'ask.drop')}
              text={text(asked.what === 'retry' ? 'ask.retryText' : 'ask.dropText')}
              button={text(asked.what === 'retry' ? 'ask.retryNow' : 'ask.dropNow')}
              isDanger={asked.what === 'drop'}
              mutation={asked.what === 'retry' ? RetryDeadLettersDocument : DropDeadLettersDocument}
              input={{ ids: [asked.id] }}
              close={() => setAsked(null)}
            />
          )}
        </>
      )}
    </Answer>
  );
}
