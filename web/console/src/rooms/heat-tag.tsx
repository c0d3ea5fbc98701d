import type { RoomHeatPartsFragment } from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import { UNKNOWN } from '../ui/format.js';
import { Tag } from '../ui/tag.js';

export function HeatTag({ heat }: { readonly heat: RoomHeatPartsFragment | null }) {
  const text = useTexts();
  if (!heat) return UNKNOWN;
  const isHot = heat.state === 'HOT';
  return (
    <span className="tags">
      <Tag tone={isHot ? 'warm' : 'plain'}>{text(isHot ? 'heat.hot' : 'heat.normal')}</Tag>
      {heat.by === 'OVERRIDE' && <Tag tone="plain">{text('heat.override')}</Tag>}
    </span>
  );
}
