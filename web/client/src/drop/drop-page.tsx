import { useQuery } from '@apollo/client/react';
import type { GifticonRequest } from '@madang/client';
import { madangError } from '@madang/client';
import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { FormattedDate } from 'react-intl';
import { Link } from 'wouter';
import { useCampaignProgress } from '../../../shared/session/use-campaign-progress.js';
import { usePageTitle } from '../../../shared/shell/title.js';
import type { CampaignQuery } from '../generated/operations.js';
import { CampaignDocument } from '../generated/operations.js';
import { useSignedIn } from '../session/signed-in.js';
import { useRefusalText } from '../../../shared/text/refusals.js';
import { useTexts } from '../text/text.js';
import type { Press } from './use-press.js';
import { usePress } from './use-press.js';

type Campaign = NonNullable<CampaignQuery['gifticonCampaign']>;

/** Many look at a drop at once, so each asks seldom, and not at the same moment: numbers come by the subscription. */
const POLL_MS = 10_000 + Math.random() * 5_000;

export function DropPage({ campaignId }: { readonly campaignId: string }) {
  const text = useTexts();
  const why = useRefusalText();
  const { data, error, refetch } = useQuery(CampaignDocument, {
    variables: { id: campaignId },
    fetchPolicy: 'cache-and-network',
    pollInterval: POLL_MS,
    skipPollAttempt: () => document.visibilityState === 'hidden',
  });
  const campaign = data?.gifticonCampaign;
  useCampaignProgress(useSignedIn().api.apollo, campaign?.id ?? null);
  usePageTitle(campaign?.title);
  return (
    <section className="drop">
      <header className="bar">
        <Link className="icon" href="/" aria-label={text('app.back')}>
          ←
        </Link>
        <p>{text('drop.title')}</p>
      </header>
      {campaign ? (
        <Drop campaign={campaign} refresh={refetch} />
      ) : (
        <p className="blank" role="status">
          {data
            ? text('drop.notFound')
            : error
              ? text('app.failed', { message: why(madangError(error)) })
              : text('app.loading')}
        </p>
      )}
    </section>
  );
}

interface DropProps {
  readonly campaign: Campaign;
  readonly refresh: () => Promise<unknown>;
}

function Drop({ campaign, refresh }: DropProps) {
  const text = useTexts();
  const why = useRefusalText();
  const press = usePress(campaign.id);
  // The stock that is shown includes the user's own.
  const outcome = press.request?.status;
  useEffect(() => {
    if (outcome !== undefined && outcome !== 'QUEUED') refresh().catch(() => undefined);
  }, [outcome, refresh]);
  const left = Math.max(0, campaign.stock - campaign.issued);
  return (
    <div className="card">
      <h1>{campaign.title}</h1>
      {campaign.state !== 'CLOSED' && (
        <p className="stock">
          <progress
            value={left}
            max={Math.max(1, campaign.stock)}
            aria-label={text('drop.stock', { left, stock: campaign.stock })}
          />
          <span>{text('drop.stock', { left, stock: campaign.stock })}</span>
        </p>
      )}
      {campaign.paused && (campaign.state === 'OPEN' || outcome === 'QUEUED') && (
        <p className="notice warm">{text('drop.paused')}</p>
      )}
      <div className="outcome" role="status" aria-live="polite">
        <Outcome campaign={campaign} press={press} />
      </div>
      {press.failure !== null && <p role="alert">{text('app.failed', { message: why(press.failure) })}</p>}
    </div>
  );
}

function Outcome({ campaign, press }: { readonly campaign: Campaign; readonly press: Press }) {
  const text = useTexts();
  const { request } = press;
  const tooEarly = request?.rejection?.code === 'CAMPAIGN_NOT_OPEN';
  if (request && !tooEarly) return <Asked request={request} />;
  if (press.asking) return <p>{text('drop.asking')}</p>;
  if (campaign.state === 'SOLD_OUT') return <p className="final">{text('drop.soldOut')}</p>;
  if (campaign.state === 'CLOSED') return <p className="final">{text('drop.closed')}</p>;
  if (campaign.state === 'SCHEDULED') return <Countdown key={campaign.opensAt} campaign={campaign} press={press} />;
  return <PressButton press={press} isPaused={campaign.paused} />;
}

/** While giving out is paused, a press takes a place in the queue, and nothing more. */
function PressButton({ press, isPaused }: { readonly press: Press; readonly isPaused: boolean }) {
  const text = useTexts();
  return (
    <>
      <Button className={isPaused ? 'press' : 'primary press'} onPress={press.press}>
        {text(isPaused ? 'drop.queueUp' : 'drop.press')}
      </Button>
      {isPaused && <p className="hint">{text('drop.queueUpText')}</p>}
    </>
  );
}

const DAY_SECONDS = 86_400;

/** Whole days, and the rest as a clock shows it. */
function countdown(ms: number): { readonly days: number; readonly time: string } {
  const seconds = Math.ceil(ms / 1_000);
  const parts = [Math.floor((seconds % DAY_SECONDS) / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  return {
    days: Math.floor(seconds / DAY_SECONDS),
    time: parts.map((part) => String(part).padStart(2, '0')).join(':'),
  };
}

function Countdown({ campaign, press }: { readonly campaign: Campaign; readonly press: Press }) {
  const text = useTexts();
  const { opensAt, paused } = campaign;
  const [left, setLeft] = useState(() => Date.parse(opensAt) - Date.now());
  useEffect(() => {
    const timer = setInterval(() => setLeft(Date.parse(opensAt) - Date.now()), 250);
    return () => clearInterval(timer);
  }, [opensAt]);
  if (left <= 0) return <PressButton press={press} isPaused={paused} />;
  return (
    <>
      <p className="countdown" role="timer">
        {text('drop.opensIn', countdown(left))}
      </p>
      <p className="hint">
        <FormattedDate value={opensAt} dateStyle="full" timeStyle="short" />
      </p>
    </>
  );
}

function Asked({ request }: { readonly request: GifticonRequest }) {
  const text = useTexts();
  const why = useRefusalText();
  switch (request.status) {
    case 'QUEUED':
      return (
        <>
          <p className="place">{text('drop.ahead', { count: request.ahead })}</p>
          {request.etaSeconds !== null && request.etaSeconds >= 1 && (
            <p>{text('drop.eta', { seconds: Math.round(request.etaSeconds) })}</p>
          )}
          <p className="hint">{text('drop.keep')}</p>
        </>
      );
    case 'ISSUED':
      return <Code code={request.code ?? ''} />;
    case 'SOLD_OUT':
      return <p className="final">{text('drop.soldOutYou')}</p>;
    case 'REJECTED':
      return (
        <p className="final">{text('drop.rejected', { message: request.rejection ? why(request.rejection) : '' })}</p>
      );
    default:
      return request.status satisfies never;
  }
}

function Code({ code }: { readonly code: string }) {
  const text = useTexts();
  const [copied, setCopied] = useState(false);
  return (
    <>
      <p className="final good">{text('drop.yours')}</p>
      <p className="code">
        <span className="sr-only">{text('drop.code')}: </span>
        <code>{code}</code>
      </p>
      <Button onPress={() => void navigator.clipboard.writeText(code).then(() => setCopied(true))}>
        {text(copied ? 'drop.copied' : 'drop.copy')}
      </Button>
    </>
  );
}
