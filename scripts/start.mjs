/** `npm start`. Checks the version of Node.js before anything else is parsed. */
import { onSupportedNode } from './supported-node.mjs';

onSupportedNode(() => import('./start-system.mjs'));
