import type { ActionPartsFragment } from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import type { TextId } from '../text/text.js';
import { Table } from '../ui/table.js';
import type { Tone } from '../ui/tag.js';
import { Tag } from '../ui/tag.js';
import { Time } from '../ui/time.js';
import { ACTION_STATES, useFailureText, useResultText } from './result-text.js';
import { Progress } from './progress.js';
import { Proof } from './proof.js';

export const KINDS = {
  REBUILD: 'kind.REBUILD',
  VERIFY: 'kind.VERIFY',
  ROLL_BACK: 'kind.ROLL_BACK',
  ABANDON_REBUILD: 'kind.ABANDON_REBUILD',
  DROP_KEPT: 'kind.DROP_KEPT',
  SET_HEAT: 'kind.SET_HEAT',
  CLEAR_HEAT: 'kind.CLEAR_HEAT',
  RETRY_DEAD_LETTERS: 'kind.RETRY_DEAD_LETTERS',
  DROP_DEAD_LETTERS: 'kind.DROP_DEAD_LETTERS',
} as const satisfies Readonly<Record<ActionPartsFragment['kind'], TextId>>;

const TONES: Readonly<Record<ActionPartsFragment['state'], Tone>> = {
  REQUESTED: 'plain',
  RUNNING: 'plain',
  SUCCEEDED: 'good',
  FAILED: 'bad',
  INTERRUPTED: 'warm',
};

interface ActionListProps {
  readonly actions: readonly ActionPartsFragment[];
  readonly empty: string;
}

/** What operators did, newest first, each with what came of it. */
export function ActionList({ actions, empty }: ActionListProps) {
  const text = useTexts();
  return (
    <Table
      label={text('actions.title')}
      rows={actions}
      keyOf={({ commandId }) => commandId}
      empty={empty}
      columns={[
        { title: text('action.when'), cell: ({ requestedAt }) => <Time at={requestedAt} /> },
        { title: text('action.kind'), cell: ({ kind }) => text(KINDS[kind]) },
        { title: text('action.target'), cell: ({ target }) => target },
        { title: text('action.by'), cell: ({ by }) => (by ? `@${by.handle}` : text('action.tool')) },
        {
          title: text('action.state'),
          cell: ({ state }) => <Tag tone={TONES[state]}>{text(ACTION_STATES[state])}</Tag>,
        },
      ]}
      detail={(action) => <Outcome action={action} />}
    />
  );
}

function Outcome({ action }: { readonly action: ActionPartsFragment }) {
  const resultText = useResultText();
  const failureText = useFailureText();
  const { result, message, progress, verifications } = action;
  if (!result && !message && !progress && verifications.length === 0) return null;
  return (
    <div className="outcome">
      {progress && <Progress of={progress} />}
      {result && <p>{resultText(action)}</p>}
      {message && <p>{failureText(action)}</p>}
      {verifications.map((proof) => (
        <Proof key={proof.readModel} of={proof} />
      ))}
    </div>
  );
}
