import type { ReadModelPartsFragment } from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import type { TextId } from '../text/text.js';
import type { Tone } from '../ui/tag.js';
import { Tag } from '../ui/tag.js';

const STATES: Readonly<Record<ReadModelPartsFragment['state'], readonly [TextId, Tone]>> = {
  LIVE: ['model.live', 'good'],
  FILLING: ['model.filling', 'warm'],
  AWAY: ['model.away', 'bad'],
};

export function ModelState({
  of: { state, rebuild, version, programVersion },
}: {
  readonly of: ReadModelPartsFragment;
}) {
  const text = useTexts();
  const [id, tone] = STATES[state];
  return (
    <span className="tags">
      <Tag tone={tone}>{text(id)}</Tag>
      {rebuild && (
        <Tag tone={rebuild.running ? 'plain' : 'warm'}>
          {text(rebuild.running ? 'model.rebuilding' : 'model.unfinished')}
        </Tag>
      )}
      {programVersion > version && <Tag tone="warm">{text('model.older', { version: programVersion })}</Tag>}
    </span>
  );
}
