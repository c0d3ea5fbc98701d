import type { ProcessesQuery } from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import { useFormat } from '../ui/format.js';
import { Table } from '../ui/table.js';
import { Tag } from '../ui/tag.js';
import { Time } from '../ui/time.js';
import type { NumberName } from './process-history.js';

type Process = NonNullable<ProcessesQuery['admin']>['processes']['nodes'][number];

const numberOf = ({ numbers }: Process, wanted: NumberName): number | null =>
  numbers.find(({ name }) => name === wanted)?.value ?? null;

export function ProcessTable({ processes }: { readonly processes: readonly Process[] }) {
  const text = useTexts();
  const format = useFormat();
  return (
    <Table
      label={text('overview.processes')}
      rows={processes}
      keyOf={({ id }) => id}
      empty={text('overview.noProcess')}
      columns={[
        {
          title: text('process.name'),
          cell: ({ host, pid, answering }) => (
            <span className="tags">
              {host} <span className="soft">{pid}</span>
              {answering && <Tag tone="plain">{text('process.answering')}</Tag>}
            </span>
          ),
        },
        { title: text('process.roles'), cell: ({ roles }) => roles.join(', ') },
        {
          title: text('process.state'),
          cell: ({ ready }) => (
            <Tag tone={ready ? 'good' : 'bad'}>{text(ready ? 'process.ready' : 'process.notReady')}</Tag>
          ),
        },
        {
          title: text('process.dependencies'),
          cell: ({ dependencies }) => (
            <span className="tags">
              {dependencies.map(({ name, up }) => (
                <Tag key={name} tone={up ? 'good' : 'bad'}>
                  {text(up ? 'process.up' : 'process.down', { name })}
                </Tag>
              ))}
            </span>
          ),
        },
        { title: text('process.version'), cell: ({ version }) => <span className="whole">{version}</span> },
        { title: text('process.started'), cell: ({ startedAt }) => <Time at={startedAt} /> },
        {
          title: text('process.memory'),
          isNumber: true,
          cell: (process) => format.bytes(numberOf(process, 'MEMORY_BYTES')),
        },
        {
          title: text('process.loopDelay'),
          isNumber: true,
          cell: (process) => format.measure(numberOf(process, 'EVENT_LOOP_DELAY_MS')),
        },
        {
          title: text('process.errors'),
          isNumber: true,
          cell: ({ errors }) => format.count(errors.reduce((sum, { total }) => sum + total, 0)),
        },
      ]}
      detail={({ errors }) =>
        errors.length > 0 && (
          <p className="hint">{errors.map(({ code, total }) => `${code} ${format.count(total)}`).join(' · ')}</p>
        )
      }
    />
  );
}
