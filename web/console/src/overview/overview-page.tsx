import { Link } from 'wouter';
import type { ProcessesQuery } from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import type { TextId } from '../text/text.js';
import { Answer } from '../ui/answer.js';
import type { Format } from '../ui/format.js';
import { MIB, useFormat } from '../ui/format.js';
import { Plot } from '../ui/plot.js';
import { ProcessTable } from './process-table.js';
import type { History, NumberName } from './process-history.js';
import { SPAN_MS } from './process-history.js';

interface OverviewProps {
  readonly answer: {
    readonly data?: ProcessesQuery | undefined;
    readonly error?: { readonly message: string } | undefined;
  };
  readonly history: History;
}

const PLOTS: readonly (readonly [name: NumberName, title: TextId, format: keyof Pick<Format, 'measure' | 'bytes'>])[] =
  [
    ['MESSAGES', 'plot.messages', 'measure'],
    ['COMMANDS_DECIDED', 'plot.decided', 'measure'],
    ['COMMANDS_REJECTED', 'plot.rejected', 'measure'],
    ['REQUESTS', 'plot.requests', 'measure'],
    ['EVENTS_PUSHED', 'plot.pushed', 'measure'],
    ['SUBSCRIBERS', 'plot.subscribers', 'measure'],
    ['DECIDER_LAG', 'plot.deciderLag', 'measure'],
    ['PROJECTION_LAG', 'plot.projectionLag', 'measure'],
    ['FEED_LAG', 'plot.feedLag', 'measure'],
    ['GIFTICON_QUEUE', 'plot.gifticonQueue', 'measure'],
    ['EVENT_LOOP_DELAY_MS', 'plot.loopDelay', 'measure'],
    ['CPU_SECONDS', 'plot.cpu', 'measure'],
    ['MEMORY_BYTES', 'plot.memory', 'bytes'],
    ['CONNECTIONS', 'plot.connections', 'measure'],
    ['HOT_ROOMS', 'plot.hotRooms', 'measure'],
    ['PARKED_KEYS', 'plot.parked', 'measure'],
  ];
/** The least upper end of a scale: below it a plot would show noise. */
const AT_LEAST: Partial<Record<NumberName, number>> = { EVENT_LOOP_DELAY_MS: 50, MEMORY_BYTES: 128 * MIB };

export function OverviewPage({ answer, history }: OverviewProps) {
  const text = useTexts();
  const format = useFormat();
  return (
    <>
      <h1>{text('overview.title')}</h1>
      <Answer of={answer}>
        {({ admin }) => (
          <>
            <Health admin={admin!} />
            <section aria-label={text('overview.plots')} className="plots">
              {PLOTS.map(([name, title, as]) => (
                <Plot
                  key={name}
                  title={text(title)}
                  points={history[name] ?? []}
                  spanMs={SPAN_MS}
                  format={format[as]}
                  atLeast={AT_LEAST[name] ?? 1}
                  unit={as === 'bytes' ? MIB : 1}
                />
              ))}
            </section>
            <section>
              <h2>{text('overview.processes')}</h2>
              <ProcessTable processes={admin!.processes.nodes} />
            </section>
          </>
        )}
      </Answer>
    </>
  );
}

/** What needs an operator, or that nothing does. */
function Health({ admin }: { readonly admin: NonNullable<ProcessesQuery['admin']> }) {
  const text = useTexts();
  const { nodes, isComplete } = admin.processes;
  const away = new Set(
    nodes.flatMap(({ dependencies }) => dependencies.filter(({ up }) => !up).map(({ name }) => name)),
  );
  const notReady = nodes.filter(({ ready }) => !ready);
  const parked = Math.max(
    ...nodes.map(({ numbers }) => numbers.find(({ name }) => name === 'PARKED_KEYS')?.value ?? 0),
  );
  const isCalm = isComplete && away.size === 0 && notReady.length === 0 && admin.deadLetterCount === 0 && parked === 0;
  return (
    <section className="health" aria-label={text('overview.health')} role="status">
      {isCalm && <p className="notice good">{text('overview.calm', { count: nodes.length })}</p>}
      {!isComplete && <p className="notice warm">{text('overview.incomplete')}</p>}
      {[...away].map((name) => (
        <p key={name} className="notice bad">
          {text('overview.away', { name })}
        </p>
      ))}
      {notReady.map(({ id, host, pid, reasons }) => (
        <p key={id} className="notice bad">
          {text('overview.notReady', { process: `${host} ${pid}`, reasons: reasons.join('; ') })}
        </p>
      ))}
      {(admin.deadLetterCount > 0 || parked > 0) && (
        <p className="notice warm">
          {text('dead.waiting', { count: admin.deadLetterCount })} <Link href="/dead-letters">{text('dead.go')}</Link>
        </p>
      )}
    </section>
  );
}
