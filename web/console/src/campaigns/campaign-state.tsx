import type { CampaignPartsFragment } from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import type { TextId } from '../text/text.js';
import { UNKNOWN } from '../ui/format.js';
import type { Tone } from '../ui/tag.js';
import { Tag } from '../ui/tag.js';

type Live = NonNullable<CampaignPartsFragment['live']>;

const STATES: Readonly<Record<Live['state'], readonly [TextId, Tone]>> = {
  SCHEDULED: ['campaign.scheduled', 'plain'],
  OPEN: ['campaign.open', 'good'],
  SOLD_OUT: ['campaign.soldOut', 'plain'],
  CLOSED: ['campaign.closed', 'plain'],
};

export function CampaignState({ of }: { readonly of: Live | null }) {
  const text = useTexts();
  if (!of) return UNKNOWN;
  const [id, tone] = STATES[of.state];
  return (
    <span className="tags">
      <Tag tone={tone}>{text(id)}</Tag>
      {of.paused && <Tag tone="warm">{text('campaign.paused')}</Tag>}
    </span>
  );
}
