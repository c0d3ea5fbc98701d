import { Fragment } from 'react';

/** Web addresses alone: nothing that a script could stand in. What ends a sentence is not part of one. */
const ADDRESS = /(https?:\/\/[^\s<>"'`]+[^\s<>"'`.,:;!?)\]}])/g;

/** Text as it was written, with its web addresses as links. It is never read as HTML. */
export function LinkedText({ text }: { readonly text: string }) {
  return text.split(ADDRESS).map((part, index) =>
    index % 2 === 1 && URL.canParse(part) ? (
      <a key={index} href={part} target="_blank" rel="noopener noreferrer nofollow">
        {part}
      </a>
    ) : (
      <Fragment key={index}>{part}</Fragment>
    ),
  );
}
