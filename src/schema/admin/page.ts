import { Arg, Int } from 'type-graphql';

export const ADMIN_PAGE = 20;

/** The `first` argument of a list. */
export const First = (otherwise: number = ADMIN_PAGE) =>
  Arg('first', () => Int, { nullable: true, defaultValue: otherwise, description: 'How many: 1 to 100.' });

/** The `after` argument of a list. */
export const After = () => Arg('after', () => String, { nullable: true, description: 'The cursor to go on behind.' });

/** Cuts the entry off that was read beyond the page. */
export const cut = <T>(
  entries: readonly T[],
  size: number,
): { readonly page: readonly T[]; readonly hasMore: boolean } => ({
  page: entries.slice(0, size),
  hasMore: entries.length > size,
});
