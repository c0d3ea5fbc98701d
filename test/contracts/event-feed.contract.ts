import type { LogEngine } from './log-engine.js';
export function eventFeedContract(_engine: LogEngine): void {}
