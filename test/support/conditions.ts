import { pino } from 'pino';

/** TEST_LOG_LEVEL=debug shows the log of a failing test's system. */
export const quietLogger = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });

export { until } from '../../src/engine/testing/until.js';
