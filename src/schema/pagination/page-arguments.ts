import { badUserInput } from '../errors.js';

export const MAX_PAGE = 100;

/** The size of a page, of a list that is read in one direction. @throws BAD_USER_INPUT */
export function pageSize(field: string, value: number | null | undefined, otherwise: number): number {
  if (value === null || value === undefined) return otherwise;
  if (!Number.isInteger(value) || value < 1 || value > MAX_PAGE) throw badUserInput(field, `ask for 1 to ${MAX_PAGE}.`);
  return value;
}

export interface WindowArguments {
  readonly first?: number | null | undefined;
  readonly last?: number | null | undefined;
  /** The place that the cursor names. */
  readonly after?: number | null | undefined;
  readonly before?: number | null | undefined;
}

/** A part of a list whose places are 1, 2, 3 … without gaps. */
export interface Window {
  /** `after`: the first ones after `from`; `before`: the last ones before it. */
  readonly direction: 'after' | 'before';
  /** Null: from the start of the list, or from its end. */
  readonly from: number | null;
  /** 0 where the cursors leave no room between them. */
  readonly limit: number;
  /** Places up to this one are excluded, in both directions. */
  readonly above: number;
}

/**
 * Turns Relay's arguments into a window. `first` takes from the start of the range between `after` and `before`, `last`
 * from its end. With neither, the page continues after `after` where that is given, and is the newest one otherwise.
 * @throws BAD_USER_INPUT
 */
export function windowOf({ first, last, after, before }: WindowArguments, defaultSize: number): Window {
  const given = (value: number | null | undefined): value is number => value !== null && value !== undefined;
  if (given(first) && given(last)) throw badUserInput('last', 'leave out either `first` or `last`.');
  const above = after ?? 0;
  const between = given(before) ? Math.max(0, before - above - 1) : Infinity;

  if (given(first) || (!given(last) && given(after))) {
    return {
      direction: 'after',
      from: after ?? null,
      limit: Math.min(pageSize('first', first, defaultSize), between),
      above,
    };
  }
  return {
    direction: 'before',
    from: before ?? null,
    limit: Math.min(pageSize('last', last, defaultSize), between),
    above,
  };
}
