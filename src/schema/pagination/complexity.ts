import type { ComplexityEstimator } from 'graphql-query-complexity';
import { MAX_PAGE } from './page-arguments.js';

/** A connection costs what one of its nodes costs, times the nodes that were asked for. */
export const pageComplexity =
  (defaultSize: number): ComplexityEstimator =>
  ({ args, childComplexity }) => {
    const asked: unknown = args.first ?? args.last ?? defaultSize;
    // What is out of bounds is refused when it is resolved; until then it costs a full page.
    const size = typeof asked === 'number' && asked >= 1 ? Math.min(asked, MAX_PAGE) : MAX_PAGE;
    return 1 + size * Math.max(1, childComplexity);
  };

/** A command is written to a log, decided and stored. */
export const COMMAND_COMPLEXITY = 10;
/** Of a text of up to 4,000 characters, 16 kB: 2 kB cost as much as a field. */
export const BODY_COMPLEXITY = 8;
/** Of a plain list with a few entries. */
export const shortListComplexity: ComplexityEstimator = ({ childComplexity }) => 1 + 3 * childComplexity;
