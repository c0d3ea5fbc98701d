import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { CampaignsDocument } from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import { Answer } from '../ui/answer.js';
import { UNKNOWN, useFormat } from '../ui/format.js';
import { Pager, usePlace } from '../ui/pager.js';
import { poll } from '../ui/poll.js';
import { Table } from '../ui/table.js';
import { Time } from '../ui/time.js';
import { CampaignState } from './campaign-state.js';
import { CreateCampaign } from './create-campaign.js';

export function CampaignsPage() {
  const text = useTexts();
  const format = useFormat();
  const [, go] = useLocation();
  const place = usePlace();
  const [creating, setCreating] = useState(false);
  const answer = useQuery(CampaignsDocument, { ...poll(2_000), variables: { after: place.after } });
  const data = answer.data ?? answer.previousData;
  return (
    <>
      <header className="title">
        <h1>{text('campaigns.title')}</h1>
        <button className="primary" onClick={() => setCreating(true)}>
          {text('campaigns.create')}
        </button>
      </header>
      <Answer of={{ data, error: answer.error }}>
        {({ admin }) => (
          <>
            <Table
              label={text('campaigns.title')}
              rows={admin!.campaigns.nodes}
              keyOf={({ id }) => id}
              empty={text('campaigns.none')}
              columns={[
                {
                  title: text('campaign.title'),
                  cell: ({ id, live }) => <Link href={`/campaigns/${id}`}>{live?.title ?? id}</Link>,
                },
                { title: text('campaign.state'), cell: ({ live }) => <CampaignState of={live} /> },
                {
                  title: text('campaign.issued'),
                  isNumber: true,
                  cell: ({ live }) =>
                    live
                      ? text('campaign.issuedOf', {
                          issued: format.count(live.issued),
                          stock: format.count(live.stock),
                        })
                      : UNKNOWN,
                },
                {
                  title: text('campaign.queued'),
                  isNumber: true,
                  cell: ({ live }) => format.count(live?.queued ?? null),
                },
                {
                  title: text('campaign.rate'),
                  isNumber: true,
                  cell: ({ live }) => format.measure(live?.drainRatePerSecond ?? null),
                },
                { title: text('campaign.created'), cell: ({ createdAt }) => <Time at={createdAt} /> },
              ]}
            />
            <Pager place={place} pageInfo={admin!.campaigns.pageInfo} />
          </>
        )}
      </Answer>
      {creating && <CreateCampaign close={() => setCreating(false)} created={(id) => go(`/campaigns/${id}`)} />}
    </>
  );
}
