import { useQuery } from '@apollo/client/react';
import { Link } from 'wouter';
import { ReadModelsDocument } from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import { Answer } from '../ui/answer.js';
import { useFormat } from '../ui/format.js';
import { poll } from '../ui/poll.js';
import { Table } from '../ui/table.js';
import { Progress } from '../actions/progress.js';
import { ModelState } from './model-state.js';

export function ReadModelsPage() {
  const text = useTexts();
  const format = useFormat();
  const answer = useQuery(ReadModelsDocument, poll(2_000));
  return (
    <>
      <h1>{text('models.title')}</h1>
      <p className="lead">{text('models.lead')}</p>
      <Answer of={answer}>
        {({ admin }) => (
          <Table
            label={text('models.title')}
            rows={admin!.readModels}
            keyOf={({ name }) => name}
            empty={text('models.none')}
            columns={[
              { title: text('model.name'), cell: ({ name }) => <Link href={`/read-models/${name}`}>{name}</Link> },
              { title: text('model.store'), cell: ({ store }) => (store === 'POSTGRES' ? 'PostgreSQL' : 'Redis') },
              { title: text('model.state'), cell: (model) => <ModelState of={model} /> },
              { title: text('model.version'), isNumber: true, cell: ({ version }) => version },
              { title: text('model.lag'), isNumber: true, cell: ({ lag }) => format.count(lag) },
              { title: text('model.parked'), isNumber: true, cell: ({ parkedCount }) => format.count(parkedCount) },
            ]}
            detail={({ rebuild }) => rebuild && <Progress of={rebuild} />}
          />
        )}
      </Answer>
    </>
  );
}
