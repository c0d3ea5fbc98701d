import type { ReactNode } from 'react';

export type Tone = 'good' | 'warm' | 'bad' | 'plain';

/** A state in a word or two. Its colour says the same as the word. */
export const Tag = ({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) => (
  <span className={`tag ${tone}`}>{children}</span>
);
