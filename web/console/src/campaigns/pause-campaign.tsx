import { useApolloClient } from '@apollo/client/react';
import { MadangError, madangError } from '@madang/client';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { Sheet } from '../../../shared/shell/sheet.js';
import { mutateOnce } from '../actions/perform.js';
import { PauseCampaignDocument, ResumeCampaignDocument } from '../generated/operations.js';
import { useRefusalText } from '../../../shared/text/refusals.js';
import { useTexts } from '../text/text.js';
import { say } from '../ui/toasts.js';

interface PauseCampaignProps {
  readonly campaignId: string;
  readonly live: { readonly title: string; readonly paused: boolean; readonly queued: number };
  /** Campaigns whose requests wait behind those of this one. */
  readonly holdsUp: readonly { readonly id: string; readonly title: string }[];
  readonly close: () => void;
}

export function PauseCampaign({ campaignId, live, holdsUp, close }: PauseCampaignProps) {
  const text = useTexts();
  const why = useRefusalText();
  const apollo = useApolloClient();
  const [commandId] = useState(() => crypto.randomUUID());
  // What was asked for: the page may hear of it before the answer.
  const [{ paused: isPaused, queued, title }] = useState(live);
  const [running, setRunning] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const button = text(isPaused ? 'campaign.resume' : 'campaign.pause');
  const run = async (): Promise<void> => {
    setRunning(true);
    setFailure(null);
    try {
      const mutation = isPaused ? ResumeCampaignDocument : PauseCampaignDocument;
      const { changed } = await mutateOnce(apollo, mutation, { input: { campaignId, commandId } });
      const { rejection } = changed.receipt;
      if (rejection) throw new MadangError(rejection.code, rejection.message);
      say(text(isPaused ? 'campaign.resumed' : 'campaign.isPaused', { title }));
      close();
    } catch (error) {
      setFailure(why(madangError(error)));
      setRunning(false);
    }
  };
  return (
    <Sheet title={text(isPaused ? 'campaign.resumeTitle' : 'campaign.pauseTitle', { title })} close={close}>
      <p>{text(isPaused ? 'campaign.resumeText' : 'campaign.pauseText', { count: queued })}</p>
      {!isPaused && holdsUp.length > 0 && (
        <div className="effect">
          <p>{text('campaign.holdsUp', { count: holdsUp.length })}</p>
          <ul>
            {holdsUp.map((other) => (
              <li key={other.id}>{other.title}</li>
            ))}
          </ul>
        </div>
      )}
      {failure !== null && <p role="alert">{failure}</p>}
      <footer>
        <Button onPress={close}>{text('app.cancel')}</Button>
        <Button className="primary" isDisabled={running} onPress={() => void run()}>
          {button}
        </Button>
      </footer>
    </Sheet>
  );
}
