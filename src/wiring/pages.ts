import { fileURLToPath } from 'node:url';
import type { Config } from '../config.js';
import { ide } from '../server/http/ide.js';
import { webPage, webSettings } from '../server/http/web-page.js';
import type { Pages } from '../server/options.js';

const builtPage = (name: string): string => fileURLToPath(new URL(`../web/${name}`, import.meta.url));

const CONSOLE_VIEWS =
  /^\/console(?:$|\/(?:signed-in|dead-letters|actions|(?:rooms|read-models|campaigns)(?:\/[\w-]+)?)$)/;
const CLIENT_VIEWS = /^\/(?:$|(?:rooms|drops)\/[\w-]+$|rooms$|account$|signed-in$)/;

/** What browsers get: the GraphQL IDE, the web client and the console. */
export function openPages({ auth }: Pick<Config, 'auth'>): Pages {
  const settings = {
    authMode: auth.mode,
    oidc: auth.mode === 'jwt' && auth.oidc ? { ...auth.oidc, audience: auth.audience } : null,
  };
  const pages = [
    ide({ directory: builtPage('ide') }),
    webSettings(settings),
    webPage({ name: 'console', directory: builtPage('console'), views: CONSOLE_VIEWS }, settings),
    webPage({ name: 'client', directory: builtPage('client'), views: CLIENT_VIEWS }, settings),
  ];
  return (asked) => pages.some((serve) => serve(asked));
}
