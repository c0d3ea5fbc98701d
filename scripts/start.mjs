/** `npm start`. Looks at the version of Node before anything else is parsed. */
import { onSupportedNode } from './supported-node.mjs';

onSupportedNode(() => import('./start-system.mjs'));
