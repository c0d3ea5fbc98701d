import { GraphQLError } from 'graphql';

const MAX_MESSAGE = 500;
const MAX_PLACES = 10;

/**
 * An error that is short enough to send and keep: graphql-js prints whole values into its messages, and names every
 * place of a document in an error. The beginning of a message has the subject, its end the reason.
 */
export function shortened(error: GraphQLError): GraphQLError {
  const { message, nodes, source, positions, path, originalError, extensions } = error;
  if (message.length <= MAX_MESSAGE && (positions?.length ?? 0) <= MAX_PLACES) return error;
  return new GraphQLError(shortText(message), {
    nodes: nodes?.slice(0, MAX_PLACES) ?? null,
    source: source ?? null,
    positions: positions?.slice(0, MAX_PLACES) ?? null,
    path: path ?? null,
    originalError: originalError ?? null,
    extensions,
  });
}

function shortText(text: string): string {
  if (text.length <= MAX_MESSAGE) return text;
  const half = MAX_MESSAGE / 2;
  return `${text.slice(0, half)} … ${text.slice(-half)}`.replace(/\p{Surrogate}/gu, '');
}
