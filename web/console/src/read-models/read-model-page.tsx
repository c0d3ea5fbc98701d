import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { ActionList } from '../actions/action-list.js';
import { AskDialog } from '../actions/ask-dialog.js';
import { Progress } from '../actions/progress.js';
import type { ReadModelPartsFragment, ReadModelQuery } from '../generated/operations.js';
import {
  AbandonRebuildDocument,
  DropKeptReadModelDocument,
  ReadModelDocument,
  RebuildReadModelDocument,
  RollBackReadModelDocument,
  VerifyReadModelDocument,
} from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import type { TextId } from '../text/text.js';
import { Answer } from '../ui/answer.js';
import { BackLink } from '../ui/back-link.js';
import { Facts } from '../ui/facts.js';
import { useFormat } from '../ui/format.js';
import { poll } from '../ui/poll.js';
import { Table } from '../ui/table.js';
import { Time } from '../ui/time.js';
import { ModelState } from './model-state.js';

export function ReadModelPage({ name }: { readonly name: string }) {
  const text = useTexts();
  const answer = useQuery(ReadModelDocument, { ...poll(1_000), variables: { name } });
  return (
    <>
      <header className="title">
        <BackLink href="/read-models" label={text('models.back')} />
        <h1>{name}</h1>
      </header>
      <Answer of={answer}>
        {({ admin }) =>
          admin!.readModel ? (
            <>
              <Model of={admin!.readModel} />
              <section>
                <h2>{text('actions.title')}</h2>
                <ActionList actions={admin!.actions.nodes} empty={text('model.noActions')} />
              </section>
            </>
          ) : (
            <p className="empty">{text('model.notFound')}</p>
          )
        }
      </Answer>
    </>
  );
}

type Model = NonNullable<NonNullable<ReadModelQuery['admin']>['readModel']>;

function Model({ of: model }: { readonly of: Model }) {
  const text = useTexts();
  const format = useFormat();
  const { rebuild, partitions, lag, head, version, parkedCount, keptVersion } = model;
  return (
    <>
      <Facts
        of={[
          [text('model.state'), <ModelState key="state" of={model} />],
          [text('model.store'), model.store === 'POSTGRES' ? 'PostgreSQL' : 'Redis'],
          [text('model.version'), version],
          [text('model.lag'), text('model.lagOf', { lag: format.count(lag), head: format.count(head) })],
          [text('model.parked'), format.count(parkedCount)],
          [
            text('model.kept'),
            keptVersion === null ? text('model.noKept') : text('model.keptVersion', { version: keptVersion }),
          ],
        ]}
      />
      {rebuild && (
        <section className="card" aria-label={text('model.rebuild')}>
          <h2>{text(rebuild.running ? 'model.rebuilding' : 'model.unfinished')}</h2>
          <Progress of={rebuild} />
          <p className="hint">
            {text('model.rebuildBy', { by: rebuild.by })} <Time at={rebuild.startedAt} />
          </p>
        </section>
      )}
      <Buttons of={model} />
      <section>
        <h2>{text('model.partitions')}</h2>
        <Table
          label={text('model.partitions')}
          rows={partitions}
          keyOf={({ partition }) => String(partition)}
          empty={text('models.none')}
          columns={[
            { title: text('model.partition'), cell: ({ partition }) => partition },
            { title: text('model.position'), isNumber: true, cell: ({ position }) => format.count(position) },
            { title: text('model.head'), isNumber: true, cell: ({ head: end }) => format.count(end) },
            { title: text('model.lag'), isNumber: true, cell: ({ lag: behind }) => format.count(behind) },
          ]}
        />
      </section>
    </>
  );
}

const ACTIONS = {
  rebuild: {
    mutation: RebuildReadModelDocument,
    title: 'ask.rebuild',
    text: 'ask.rebuildText',
    button: 'kind.REBUILD',
  },
  verify: { mutation: VerifyReadModelDocument, title: 'ask.verify', text: 'ask.verifyText', button: 'kind.VERIFY' },
  rollBack: {
    mutation: RollBackReadModelDocument,
    title: 'ask.rollBack',
    text: 'ask.rollBackText',
    button: 'kind.ROLL_BACK',
  },
  abandon: {
    mutation: AbandonRebuildDocument,
    title: 'ask.abandon',
    text: 'ask.abandonText',
    button: 'kind.ABANDON_REBUILD',
  },
  dropKept: {
    mutation: DropKeptReadModelDocument,
    title: 'ask.dropKept',
    text: 'ask.dropKeptText',
    button: 'kind.DROP_KEPT',
  },
} as const satisfies Readonly<Record<string, { mutation: unknown; title: TextId; text: TextId; button: TextId }>>;

type ActionName = keyof typeof ACTIONS;
const DESTROYS: ReadonlySet<ActionName> = new Set(['abandon', 'dropKept']);

function Buttons({ of: { name, rebuild, keptVersion, store } }: { readonly of: ReadModelPartsFragment }) {
  const text = useTexts();
  const [asked, setAsked] = useState<ActionName | null>(null);
  const runs = rebuild?.running === true;
  const possible: readonly (readonly [ActionName, boolean])[] = [
    ['rebuild', !runs],
    ['verify', true],
    ['rollBack', keptVersion !== null && !runs],
    ['abandon', rebuild !== null && !runs],
    ['dropKept', keptVersion !== null && !runs],
  ];
  return (
    <div className="buttons">
      {possible.map(([action, isPossible]) =>
        isPossible || action === 'rebuild' || action === 'verify' ? (
          <button
            key={action}
            className={action === 'rebuild' ? 'primary' : undefined}
            disabled={!isPossible}
            onClick={() => setAsked(action)}
          >
            {text(action === 'rebuild' && rebuild && !runs ? 'model.goOn' : ACTIONS[action].button)}
          </button>
        ) : null,
      )}
      {asked && (
        <AskDialog
          title={text(ACTIONS[asked].title, { name })}
          text={text(ACTIONS[asked].text, { store: store === 'POSTGRES' ? 'PostgreSQL' : 'Redis' })}
          button={text(ACTIONS[asked].button)}
          isDanger={DESTROYS.has(asked)}
          mutation={ACTIONS[asked].mutation}
          input={{ name }}
          close={() => setAsked(null)}
        />
      )}
    </div>
  );
}
