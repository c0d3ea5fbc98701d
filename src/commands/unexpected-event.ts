/**
 * The last arm of an `evolve`: the compiler proves that it is never reached, and a stream that a newer program wrote is
 * not misread.
 */
export const unexpectedEvent = (aggregate: string, event: never): never => {
  throw new Error(`a ${aggregate} stream holds an event that this program does not know: ${JSON.stringify(event)}`);
};
