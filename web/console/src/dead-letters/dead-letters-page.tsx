import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { AskDialog } from '../actions/ask-dialog.js';
import type { Counts } from '../actions/perform.js';
import type { DeadLetterPartsFragment } from '../generated/operations.js';
import { DeadLettersDocument, DropDeadLettersDocument, RetryDeadLettersDocument } from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import { Answer } from '../ui/answer.js';
import { Pager, usePlace } from '../ui/pager.js';
import { poll } from '../ui/poll.js';
import { LetterTable } from './letter-table.js';
import { ParkedKeys } from './parked-keys.js';

export function DeadLettersPage() {
  const text = useTexts();
  return (
    <>
      <h1>{text('dead.title')}</h1>
      <p className="lead">{text('dead.lead')}</p>
      <Tabs className="tabs">
        <TabList aria-label={text('dead.title')}>
          <Tab id="letters">{text('dead.letters')}</Tab>
          <Tab id="parked">{text('parked.title')}</Tab>
        </TabList>
        <TabPanel id="letters">
          <LetterList />
        </TabPanel>
        <TabPanel id="parked">
          <ParkedKeys />
        </TabPanel>
      </Tabs>
    </>
  );
}

function LetterList() {
  const text = useTexts();
  const place = usePlace();
  const [closed, setClosed] = useState(false);
  const [source, setSource] = useState<string | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const answer = useQuery(DeadLettersDocument, { ...poll(2_000), variables: { source, closed, after: place.after } });
  const data = answer.data ?? answer.previousData;
  const choose = (id: string, is: boolean): void =>
    setChosen(new Set(is ? [...chosen, id] : [...chosen].filter((each) => each !== id)));
  return (
    <Answer of={{ data, error: answer.error }}>
      {({ admin }) => {
        const { nodes, pageInfo } = admin!.deadLetters;
        const waiting = nodes.filter(({ state, requestedAt }) => state === 'WAITING' && requestedAt === null);
        return (
          <>
            <div className="toolbar">
              <label className="check">
                <input
                  type="checkbox"
                  checked={closed}
                  onChange={({ target }) => {
                    setClosed(target.checked);
                    place.first();
                  }}
                />
                {text('dead.closed')}
              </label>
              {source !== null && (
                <button
                  onClick={() => {
                    setSource(null);
                    place.first();
                  }}
                >
                  {text('dead.ofSource', { source })} ✕
                </button>
              )}
            </div>
            <Batch
              chosen={chosen}
              waiting={waiting}
              source={source}
              count={admin!.deadLetterCount}
              choose={setChosen}
            />
            <LetterTable
              letters={nodes}
              chosen={chosen}
              choose={choose}
              ofSource={(asked) => {
                setSource(asked);
                place.first();
              }}
            />
            <Pager place={place} pageInfo={pageInfo} />
          </>
        );
      }}
    </Answer>
  );
}

interface BatchProps {
  readonly chosen: ReadonlySet<string>;
  /** The letters of the page that can be chosen. */
  readonly waiting: readonly DeadLetterPartsFragment[];
  readonly source: string | null;
  /** How many wait, of the source where one is chosen. */
  readonly count: number;
  readonly choose: (ids: ReadonlySet<string>) => void;
}

/** By number, or all of a source. */
interface Letters {
  readonly ids?: readonly string[];
  readonly source?: string | null;
  readonly expected?: number | null;
}

const lettersIn = (counts: Counts): number | null => counts.find(({ name }) => name === 'letters')?.value ?? null;

/** Retries or drops what is chosen, or all of one source. */
function Batch({ chosen, waiting, source, count, choose }: BatchProps) {
  const text = useTexts();
  const [asked, setAsked] = useState<'retry' | 'drop' | null>(null);
  const isOfSource = chosen.size === 0 && source !== null && count > 0;
  const number = isOfSource ? Math.min(count, 1_000) : chosen.size;
  const all = waiting.map(({ id }) => id);
  const input: Letters = isOfSource ? { source } : { ids: [...chosen] };
  if (all.length === 0 && chosen.size === 0) return null;
  return (
    <div className="toolbar">
      <button onClick={() => choose(new Set(chosen.size > 0 ? [] : all))}>
        {text(chosen.size > 0 ? 'dead.chooseNone' : 'dead.chooseAll')}
      </button>
      <button className="primary" disabled={number === 0} onClick={() => setAsked('retry')}>
        {text('dead.retry', { count: number })}
      </button>
      <button disabled={number === 0} onClick={() => setAsked('drop')}>
        {text('dead.drop', { count: number })}
      </button>
      {asked && (
        <AskDialog
          title={text(asked === 'retry' ? 'ask.retry' : 'ask.drop')}
          text={text(asked === 'retry' ? 'ask.retryText' : 'ask.dropText')}
          button={text(asked === 'retry' ? 'ask.retryNow' : 'ask.dropNow')}
          isDanger={asked === 'drop'}
          mutation={asked === 'retry' ? RetryDeadLettersDocument : DropDeadLettersDocument}
          input={input}
          expecting={(counts) => ({ expected: lettersIn(counts) })}
          close={() => setAsked(null)}
          done={() => choose(new Set())}
        />
      )}
    </div>
  );
}
