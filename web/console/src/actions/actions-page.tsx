import { useQuery } from '@apollo/client/react';
import { ActionsDocument } from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import { Answer } from '../ui/answer.js';
import { Pager, usePlace } from '../ui/pager.js';
import { poll } from '../ui/poll.js';
import { ActionList } from './action-list.js';

export function ActionsPage() {
  const text = useTexts();
  const place = usePlace();
  const answer = useQuery(ActionsDocument, { ...poll(3_000), variables: { after: place.after } });
  return (
    <>
      <h1>{text('actions.title')}</h1>
      <p className="lead">{text('actions.lead')}</p>
      <Answer of={answer}>
        {({ admin }) => (
          <>
            <ActionList actions={admin!.actions.nodes} empty={text('actions.none')} />
            <Pager place={place} pageInfo={admin!.actions.pageInfo} />
          </>
        )}
      </Answer>
    </>
  );
}
