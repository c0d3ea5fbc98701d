import { useSyncExternalStore } from 'react';
import { currentExecutions, onExecutions, type Execution } from './executions.js';

export const useExecutions = (): ReadonlyMap<string, Execution> =>
  useSyncExternalStore(onExecutions, currentExecutions);
