import { useTexts } from '../text/text.js';
import type { TextId } from '../text/text.js';
import { useFormat } from '../ui/format.js';

const PHASES: Readonly<Record<string, TextId>> = {
  building: 'phase.building',
  waiting: 'phase.waiting',
  completing: 'phase.completing',
  'catching up': 'phase.catching up',
  swapping: 'phase.swapping',
  comparing: 'phase.comparing',
};

interface ProgressProps {
  readonly of: {
    readonly phase: string;
    readonly done: number;
    readonly total: number;
    readonly perSecond: number;
    readonly secondsLeft: number | null;
  };
}

/** How far a rebuild or a comparison is, in a bar and in words. */
export function Progress({ of: { phase, done, total, perSecond, secondsLeft } }: ProgressProps) {
  const text = useTexts();
  const format = useFormat();
  const known = PHASES[phase];
  const name = known ? text(known) : phase;
  const left = secondsLeft === null ? '' : ` · ${text('progress.left', { time: format.duration(secondsLeft) })}`;
  const rate = perSecond > 0 ? ` · ${text('progress.rate', { rate: format.measure(perSecond) })}` : '';
  return (
    <div className="progress">
      <progress aria-label={name} max={Math.max(1, total)} value={Math.min(done, Math.max(1, total))} />
      <p>
        {name} · {text('progress.done', { done: format.count(done), total: format.count(total) })}
        {rate}
        {left}
      </p>
    </div>
  );
}
