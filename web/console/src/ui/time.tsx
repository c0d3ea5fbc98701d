import { UNKNOWN, useFormat } from './format.js';

export function Time({ at }: { readonly at: string | null }) {
  const format = useFormat();
  if (at === null) return UNKNOWN;
  return (
    <time dateTime={at} title={new Date(at).toISOString()}>
      {format.time(at)}
    </time>
  );
}
