import { useEffect, useState } from 'react';
import type { ProcessesQuery } from '../generated/operations.js';
import type { History } from './process-history.js';
import { createProcessHistory } from './process-history.js';

export function useProcessHistory(answer: ProcessesQuery | undefined): History {
  const [collect] = useState(createProcessHistory);
  const [history, setHistory] = useState<History>({});
  const nodes = answer?.admin?.processes.nodes;
  useEffect(() => {
    if (nodes) setHistory(collect(nodes));
  }, [collect, nodes]);
  return history;
}
