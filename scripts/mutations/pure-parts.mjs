/** What `npm run mutations:pure` mutates: code whose rules are decided without a server or a clock. */
export const PURE = [
  'src/commands/gifticon/*.ts',
  'src/commands/membership/*.ts',
  'src/commands/message/*.ts',
  'src/commands/reaction/*.ts',
  'src/commands/room/*.ts',
  'src/commands/user/*.ts',
  'src/commands/text.ts',
  'src/gifticon/request-index.ts',
  'src/gifticon/waiting-line.ts',
  'src/events/definitions.ts',
  'src/engine/domain/upcast.ts',
  'src/schema/membership/memberships.ts',
  'src/engine/gateway/signed-cursor.ts',
  'src/hot-rooms/decide.ts',
  'src/hot-rooms/shared-reads.ts',
  'src/engine/runtime/batching.ts',
  'src/engine/log/known-epochs.ts',
  'src/engine/log/partition-reader.ts',
  'src/projections/user/remembered-users.ts',
  'src/schema/pagination/connection.ts',
  'src/schema/pagination/cursors.ts',
  'src/schema/pagination/page-arguments.ts',
  'src/engine/decider/read-batch.ts',
  'src/engine/decider/stream-states.ts',
  'src/engine/pacing/controller.ts',
  'src/engine/pacing/tolerance.ts',
];

/**
 * Parts of the names of tests that are left out: those that read the sources, into which Stryker writes; and the random
 * sequences of commands and the simulations of a database, which would take seconds for each mutant.
 */
export const UNFIT_TESTS = ['registry-files', 'erasure/forgetting', 'commands/commands.unit', 'pacing/pacer.unit'];
