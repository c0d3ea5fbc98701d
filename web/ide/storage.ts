import type { GraphiQLProps } from 'graphiql';

/** The names GraphiQL gives to what is open in its editors; the rest (theme, history, sizes) are preferences. */
const OPEN_DOCUMENTS = new Set(['graphiql:tabState', 'graphiql:query', 'graphiql:variables', 'graphiql:headers']);

const storeOf = (key: string): Storage => (OPEN_DOCUMENTS.has(key) ? sessionStorage : localStorage);

/** Lists of executed operations, each with the headers that it was sent with. */
const HISTORIES = new Set(['graphiql:queries', 'graphiql:favorites']);

/** The history outlives the browser tab: no token stays in it. */
function withoutHeaders(history: string): string {
  return JSON.stringify(JSON.parse(history), (name, value: unknown) => (name === 'headers' ? undefined : value));
}

/**
 * Two browser tabs can be two users, so what they have open stays apart: documents, variables and headers live in the
 * browser tab, preferences and history are shared by all of them.
 */
export const storage: NonNullable<GraphiQLProps['storage']> = {
  getItem: (key) => storeOf(key).getItem(key),
  setItem: (key, value) => storeOf(key).setItem(key, HISTORIES.has(key) ? withoutHeaders(value) : value),
  removeItem: (key) => storeOf(key).removeItem(key),
  get length() {
    return sessionStorage.length + localStorage.length;
  },
  clear: () => {
    for (const store of [sessionStorage, localStorage]) {
      for (const key of Object.keys(store)) if (key.startsWith('graphiql:')) store.removeItem(key);
    }
  },
};

/**
 * What the active tab held before a reload. GraphiQL restores its tabs by itself, but takes the text of the editors
 * from the last edit in any of them, and opens an empty extra tab where the two do not match.
 */
export function restored(): Pick<GraphiQLProps, 'initialQuery' | 'initialVariables'> {
  try {
    const { tabs, activeTabIndex } = JSON.parse(storage.getItem('graphiql:tabState') ?? 'null');
    const { query, variables } = tabs[activeTabIndex];
    return { initialQuery: query ?? '', initialVariables: variables ?? '' };
  } catch {
    return {};
  }
}
