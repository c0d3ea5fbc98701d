import './workers.js';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import 'graphiql/style.css';
import { createRoot } from 'react-dom/client';
import { EXAMPLES } from './examples.js';
import { fetcher } from './fetcher.js';
import { Identity } from './identity.js';
import { restored, storage } from './storage.js';
import './style.css';

const PLUGINS = [HISTORY_PLUGIN];

createRoot(document.getElementById('ide')!).render(
  <GraphiQL
    fetcher={fetcher}
    storage={storage}
    plugins={PLUGINS}
    defaultTabs={EXAMPLES}
    defaultEditorToolsVisibility="variables"
    {...restored()}
  >
    <GraphiQL.Logo>
      <Identity />
    </GraphiQL.Logo>
  </GraphiQL>,
);
