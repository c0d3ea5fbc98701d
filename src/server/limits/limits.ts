/** The limits of one operation, on every transport. */
export interface Limits {
  /** Levels of fields, counted through fragments; introspection has a limit of its own in graphql-js. */
  readonly depth: number;
  /** Aliases in one operation, counted through fragments. */
  readonly aliases: number;
  /** Directives in the document. */
  readonly directives: number;
  readonly tokens: number;
  /** Characters of the document, including comments and white space. */
  readonly characters: number;
  /**
   * Pairs of fields of one response name in one place, which validation compares, in one operation and all fragments.
   */
  readonly pairs: number;
  /** Selections in one operation with its fragments unfolded. */
  readonly selections: number;
  /** Items of the lists in the variables of one operation, in all. */
  readonly items: number;
  /** The sum over all fields; lists multiply the fields below them by the requested number. */
  readonly cost: number;
  /** Bytes of one answer as JSON. */
  readonly answerBytes: number;
}

export const DEFAULT_LIMITS: Limits = {
  depth: 12,
  aliases: 30,
  directives: 50,
  tokens: 2_000,
  characters: 32_768,
  pairs: 15_000,
  selections: 3_000,
  items: 2_000,
  cost: 5_000,
  answerBytes: 4 << 20,
};
