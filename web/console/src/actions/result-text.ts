import { useCallback } from 'react';
import type { ActionPartsFragment } from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import type { TextId } from '../text/text.js';

type Done = Pick<ActionPartsFragment, 'kind' | 'target' | 'result' | 'counts' | 'verifications'>;
type Failed = Pick<ActionPartsFragment, 'target' | 'state' | 'message'>;

export const ACTION_STATES = {
  REQUESTED: 'action.requested',
  RUNNING: 'action.running',
  SUCCEEDED: 'action.succeeded',
  FAILED: 'action.failed',
  INTERRUPTED: 'action.interrupted',
} as const satisfies Readonly<Record<ActionPartsFragment['state'], TextId>>;

/** What each text may name. */
const NONE = { events: 0, rows: 0, differences: 0, generations: 0, overrides: 0, letters: 0, decided: 0, refused: 0 };

/** What an action did, by its kind and its counts, in the user's language. */
export function useResultText(): (action: Done) => string {
  const text = useTexts();
  return useCallback(
    ({ kind, target, result, counts, verifications }) => {
      const values: Record<string, string | number> = { ...NONE, target };
      for (const { name, value } of counts) values[name] = value;
      switch (kind) {
        case 'REBUILD':
          return text('did.REBUILD', values);
        case 'VERIFY':
          return text(verifications.every(({ equal }) => equal) ? 'did.VERIFY' : 'did.VERIFY.different', values);
        case 'ROLL_BACK':
          return text('did.ROLL_BACK', values);
        case 'ABANDON_REBUILD':
          return text('did.ABANDON_REBUILD', values);
        case 'DROP_KEPT':
          return text('did.DROP_KEPT', values);
        case 'SET_HEAT':
          return text('did.SET_HEAT', values);
        case 'CLEAR_HEAT':
          return text('did.CLEAR_HEAT', values);
        case 'RETRY_DEAD_LETTERS':
          // Why records are not retried is in the server's words alone.
          return Number(values['refused']) > 0 ? (result ?? '') : text('did.RETRY_DEAD_LETTERS', values);
        case 'DROP_DEAD_LETTERS':
          return text('did.DROP_DEAD_LETTERS', values);
        default:
          kind satisfies never;
          return result ?? '';
      }
    },
    [text],
  );
}

/** Why an action came to nothing: its state in the user's language, and the reason in the server's words. */
export function useFailureText(): (action: Failed) => string {
  const text = useTexts();
  return useCallback(
    ({ target, state, message }) => {
      const values = { target, state: text(ACTION_STATES[state]) };
      if (message === null) return text('didNot', values);
      const about = `${target}: `;
      const said = message.startsWith(about) ? message.slice(about.length) : message;
      return text('didNot.because', { ...values, message: said });
    },
    [text],
  );
}
