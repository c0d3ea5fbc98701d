import './workers.js';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import 'graphiql/style.css';
import { createRoot } from 'react-dom/client';
import { Ending } from './ending.js';
import { EXAMPLES } from './examples.js';
import { endOthers, tabsChanged } from './executions.js';
import { fetcher } from './fetcher.js';
import { Identity } from './identity.js';
import { currentSession, onSession } from './session.js';
import { loadSettings } from './settings.js';
import { restored, storage } from './storage.js';
import './style.css';

const PLUGINS = [HISTORY_PLUGIN];

onSession(() => endOthers(currentSession().handle));
await loadSettings();

createRoot(document.getElementById('ide')!).render(
  <GraphiQL
    fetcher={fetcher}
    storage={storage}
    plugins={PLUGINS}
    defaultTabs={EXAMPLES}
    defaultEditorToolsVisibility="variables"
    onTabChange={({ tabs, activeTabIndex }) => tabsChanged(tabs, activeTabIndex)}
    {...restored()}
  >
    <GraphiQL.Logo>
      <Identity />
    </GraphiQL.Logo>
    <GraphiQL.Footer>
      <Ending />
    </GraphiQL.Footer>
  </GraphiQL>,
);
