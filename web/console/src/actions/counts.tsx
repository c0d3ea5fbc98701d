import { useTexts } from '../text/text.js';
import type { TextId } from '../text/text.js';
import type { Counts } from './perform.js';

const KNOWN: Readonly<Record<string, TextId>> = {
  letters: 'count.letters',
  events: 'count.events',
  keys: 'count.keys',
  rows: 'count.rows',
  differences: 'count.differences',
  generations: 'count.generations',
  generationsDropped: 'count.generationsDropped',
  rooms: 'count.rooms',
  overrides: 'count.overrides',
  decided: 'count.decided',
  refused: 'count.refused',
};

/** Numbers of things, in words. One that this page has no word for is shown by its name. */
export function useCounts(): (counts: Counts) => readonly string[] {
  const text = useTexts();
  return (counts) =>
    counts.map(({ name, value }) => {
      const known = KNOWN[name];
      return known ? text(known, { count: value }) : `${name} ${value}`;
    });
}
