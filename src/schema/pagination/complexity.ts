import type { ComplexityEstimator } from 'graphql-query-complexity';
import { MAX_PAGE } from './page-arguments.js';

/** A connection costs one of its nodes' cost times the requested number of nodes. */
export const pageComplexity =
  (defaultSize: number): ComplexityEstimator =>
  ({ args, childComplexity }) => {
    const asked: unknown = args.first ?? args.last ?? defaultSize;
    // A size out of bounds is refused when the field is resolved; until then it costs a full page.
    const size = typeof asked === 'number' && asked >= 1 ? Math.min(asked, MAX_PAGE) : MAX_PAGE;
    return 1 + size * Math.max(1, childComplexity);
  };

/** A command is written to a log, decided and stored. */
export const COMMAND_COMPLEXITY = 10;
/** The cost of a text of up to 4,000 characters. A field costs as much as 2 kB of text. */
export const BODY_COMPLEXITY = 8;
/** The cost of a plain list with a few entries. */
export const shortListComplexity: ComplexityEstimator = ({ childComplexity }) => 1 + 3 * childComplexity;
