import { madangError } from '@madang/client';
import type { ReactNode } from 'react';
import { Loading } from '../../../shared/shell/loading.js';
import { useRefusalText } from '../../../shared/text/refusals.js';
import { useTexts } from '../text/text.js';

interface AnswerProps<Data> {
  readonly of: { readonly data?: Data | undefined; readonly error?: unknown };
  readonly children: (data: Data) => ReactNode;
}

/** What the server answered; while it does not, why, over the last answer. */
export function Answer<Data>({ of: { data, error }, children }: AnswerProps<Data>) {
  const text = useTexts();
  const why = useRefusalText();
  return (
    <>
      {error !== undefined && (
        <p className="notice warm" role="alert">
          {text('page.stale', { message: why(madangError(error)) })}
        </p>
      )}
      {data ? children(data) : error === undefined && <Loading />}
    </>
  );
}
