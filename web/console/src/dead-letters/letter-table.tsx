import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import type { DeadLetterPartsFragment } from '../generated/operations.js';
import { DeadLetterEffectDocument } from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import type { TextId } from '../text/text.js';
import { Facts } from '../ui/facts.js';
import { useFormat } from '../ui/format.js';
import { Table } from '../ui/table.js';
import type { Tone } from '../ui/tag.js';
import { Tag } from '../ui/tag.js';
import { Time } from '../ui/time.js';

const STATES: Readonly<Record<DeadLetterPartsFragment['state'], readonly [TextId, Tone]>> = {
  WAITING: ['letter.waiting', 'warm'],
  APPLIED: ['letter.applied', 'good'],
  DROPPED: ['letter.dropped', 'plain'],
};

interface LetterTableProps {
  readonly letters: readonly DeadLetterPartsFragment[];
  readonly chosen: ReadonlySet<string>;
  readonly choose: (id: string, is: boolean) => void;
  readonly ofSource: (source: string) => void;
}

export function LetterTable({ letters, chosen, choose, ofSource }: LetterTableProps) {
  const text = useTexts();
  const [open, setOpen] = useState<string | null>(null);
  return (
    <Table
      label={text('dead.letters')}
      rows={letters}
      keyOf={({ id }) => id}
      empty={text('dead.none')}
      columns={[
        {
          title: text('letter.number'),
          cell: ({ id, state, requestedAt }) => (
            <label className="check">
              <input
                type="checkbox"
                disabled={state !== 'WAITING' || requestedAt !== null}
                checked={chosen.has(id)}
                onChange={({ target }) => choose(id, target.checked)}
              />
              {id}
            </label>
          ),
        },
        {
          title: text('letter.state'),
          cell: ({ state, requestedAt, tries }) => (
            <span className="tags">
              {requestedAt === null ? (
                <Tag tone={STATES[state][1]}>{text(STATES[state][0])}</Tag>
              ) : (
                <Tag tone="plain">{text('letter.asked')}</Tag>
              )}
              {tries > 0 && <Tag tone="bad">{text('letter.tries', { count: tries })}</Tag>}
            </span>
          ),
        },
        {
          title: text('letter.source'),
          cell: ({ source }) => (
            <button className="plain" onClick={() => ofSource(source)}>
              {source}
            </button>
          ),
        },
        { title: text('letter.reason'), cell: ({ reason }) => <span className="reason">{reason}</span> },
        { title: text('letter.at'), cell: ({ at }) => <Time at={at} /> },
        {
          title: text('letter.more'),
          cell: ({ id }) => (
            <button aria-expanded={open === id} onClick={() => setOpen(open === id ? null : id)}>
              {text(open === id ? 'letter.hide' : 'letter.show')}
              <span className="sr-only"> {id}</span>
            </button>
          ),
        },
      ]}
      detail={(letter) => open === letter.id && <Letter of={letter} />}
    />
  );
}

function Letter({ of }: { readonly of: DeadLetterPartsFragment }) {
  const text = useTexts();
  const format = useFormat();
  const { id, key, partition, place, triedAt, closedAt, payload, payloadLength, readModel, state } = of;
  const isHolding = readModel !== null && state === 'WAITING';
  const { data } = useQuery(DeadLetterEffectDocument, { variables: { id }, skip: !isHolding });
  const behind = data?.admin?.deadLetter?.waitingBehind;
  return (
    <>
      <Facts
        of={[
          [text('letter.key'), <code key="key">{key ?? text('letter.noKey')}</code>],
          [text('letter.place'), text('letter.placeOf', { partition, place })],
          ...(isHolding ? [[text('letter.behind'), format.count(behind ?? null)] as const] : []),
          ...(triedAt ? [[text('letter.triedAt'), <Time key="tried" at={triedAt} />] as const] : []),
          ...(closedAt ? [[text('letter.closedAt'), <Time key="closed" at={closedAt} />] as const] : []),
        ]}
      />
      <pre tabIndex={0} aria-label={text('letter.payload')}>
        {payload}
        {payloadLength > payload.length && `\n… ${text('letter.longer', { count: payloadLength })}`}
      </pre>
    </>
  );
}
