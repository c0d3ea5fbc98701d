import { buildPage } from '../shared/build-page.mjs';

await buildPage('console');
