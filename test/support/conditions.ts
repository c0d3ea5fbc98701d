import { pino } from 'pino';

/** TEST_LOG_LEVEL=debug shows what a failing test's system says. */
export const quietLogger = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });

export { until } from '../../src/engine/testing/until.js';
