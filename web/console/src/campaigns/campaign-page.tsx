import { useApolloClient, useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { useCampaignProgress } from '../../../shared/session/use-campaign-progress.js';
import type { CampaignQuery } from '../generated/operations.js';
import { CampaignDocument } from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import { Answer } from '../ui/answer.js';
import { BackLink } from '../ui/back-link.js';
import { Facts } from '../ui/facts.js';
import { useFormat } from '../ui/format.js';
import { Plot } from '../ui/plot.js';
import { poll } from '../ui/poll.js';
import { Time } from '../ui/time.js';
import { useSeries } from '../ui/use-series.js';
import { CampaignState } from './campaign-state.js';
import { LoadCodes } from './load-codes.js';
import { PauseCampaign } from './pause-campaign.js';

const SPAN_MS = 120_000;

export function CampaignPage({ campaignId }: { readonly campaignId: string }) {
  const text = useTexts();
  // What the subscription does not tell: the pause, and whom it holds up.
  const answer = useQuery(CampaignDocument, { ...poll(5_000), variables: { id: campaignId } });
  useCampaignProgress(useApolloClient(), answer.data?.admin?.campaign?.live?.id ?? null);
  return (
    <Answer of={answer}>
      {({ admin }) =>
        admin!.campaign ? (
          <Campaign of={admin!.campaign} />
        ) : (
          <header className="title">
            <BackLink href="/campaigns" label={text('campaigns.back')} />
            <h1>{text('campaign.notFound')}</h1>
          </header>
        )
      }
    </Answer>
  );
}

type CampaignView = NonNullable<NonNullable<CampaignQuery['admin']>['campaign']>;

function Campaign({ of: campaign }: { readonly of: CampaignView }) {
  const text = useTexts();
  const format = useFormat();
  const [asked, setAsked] = useState<'codes' | 'pause' | null>(null);
  const { id, live, createdAt, generated, partition } = campaign;
  const queue = useSeries(live?.queued ?? null, SPAN_MS);
  const rate = useSeries(live?.drainRatePerSecond ?? null, SPAN_MS);
  const close = (): void => setAsked(null);
  return (
    <>
      <header className="title">
        <BackLink href="/campaigns" label={text('campaigns.back')} />
        <h1>{live?.title ?? id}</h1>
      </header>
      {live && (
        <>
          <div className="stock">
            <progress aria-label={text('campaign.issued')} max={Math.max(1, live.stock)} value={live.issued} />
            <p>
              {text('campaign.issuedOf', { issued: format.count(live.issued), stock: format.count(live.stock) })}{' '}
              <CampaignState of={live} />
            </p>
          </div>
          <section className="plots wide" aria-label={text('campaign.plots')}>
            <Plot title={text('campaign.queued')} points={queue} spanMs={SPAN_MS} format={format.measure} />
            <Plot title={text('campaign.rate')} points={rate} spanMs={SPAN_MS} format={format.measure} />
          </section>
          <div className="buttons">
            <button onClick={() => setAsked('pause')}>
              {text(live.paused ? 'campaign.resume' : 'campaign.pause')}
            </button>
            <button onClick={() => setAsked('codes')}>{text('codes.load')}</button>
            <a href={`/drops/${id}`}>{text('campaign.page')}</a>
          </div>
        </>
      )}
      <Facts
        of={[
          [text('campaign.id'), <code key="id">{id}</code>],
          [text('campaign.created'), <Time key="created" at={createdAt} />],
          [text('campaign.opens'), <Time key="opens" at={live?.opensAt ?? null} />],
          [text('campaign.closes'), live?.closesAt ? <Time key="closes" at={live.closesAt} /> : text('campaign.noEnd')],
          [text('campaign.generated'), format.count(generated)],
          [text('campaign.loaded'), format.count(live ? live.stock - generated : null)],
          [text('campaign.partition'), partition],
        ]}
      />
      {asked === 'codes' && <LoadCodes campaignId={id} close={close} />}
      {asked === 'pause' && live && (
        <PauseCampaign campaignId={id} live={live} holdsUp={campaign.holdsUp} close={close} />
      )}
    </>
  );
}
