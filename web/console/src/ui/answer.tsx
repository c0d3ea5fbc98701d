import type { ReactNode } from 'react';
import { Loading } from '../../../shared/shell/loading.js';
import { useTexts } from '../text/text.js';

interface AnswerProps<Data> {
  readonly of: { readonly data?: Data | undefined; readonly error?: { readonly message: string } | undefined };
  readonly children: (data: Data) => ReactNode;
}

/** What the server answered; while it does not, why, over the last answer. */
export function Answer<Data>({ of: { data, error }, children }: AnswerProps<Data>) {
  const text = useTexts();
  return (
    <>
      {error && (
        <p className="notice warm" role="alert">
          {text('page.stale', { message: error.message })}
        </p>
      )}
      {data ? children(data) : !error && <Loading />}
    </>
  );
}
