/** The index of the documentation for programs that read it: https://llmstxt.org has the form. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The parts, with their pages in the order of reading. A page that is in none comes last. */
const PARTS = {
  'Writing a client': {
    'client-guide': 'mutations, receipts, pages, subscriptions that resume, hot rooms, gifticons',
    'web-client': 'the page that Madang serves, and the package that it shares',
    design: 'how the web client looks and behaves',
    errors: 'every code with its meaning and the next step',
  },
  'Running it': {
    settings: 'every setting with its default',
    operations: 'starting, deploying, metrics, dead letters, rebuilding, failures and their remedies',
    runbook: 'an entry for each alert',
    sizing: 'how many processes, and how large the servers',
    scaling: 'the arithmetic to a million subscribers, and a proxy that spreads by room',
    systemd: 'a unit, and the steps to it',
    tls: 'PostgreSQL, Redis and the API with certificates',
    'campaign-evening': 'a checklist with commands for a gifticon campaign',
    cli: 'the commands of bin/madang',
  },
  'Understanding it': {
    architecture: 'a message followed through the files, and the place where each promise is kept',
    glossary: 'the terms',
    'threat-model': 'the abilities of each attacker, and their bounds',
    faults: 'the faults that are injected, and what is checked after them',
    benchmarks: 'the figures, the machine and the method',
  },
  'Changing it': {
    contributing: 'layout, style and tests',
    'adding-a-feature': 'the files of a new command, event, read model and field, in their order',
    'changing-a-projection': 'a new version of a read model on a live system',
    'your-own-domain': 'another domain on the same engine',
  },
};

/** The parts with the pages that exist. */
export async function contents(root) {
  const names = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md'));
  const titles = new Map();
  for (const name of names) {
    const [, title] = /^# (.+)$/m.exec(await readFile(join(root, 'docs', name), 'utf8')) ?? [];
    titles.set(name.replace('.md', ''), title ?? name);
  }
  const named = Object.values(PARTS).flatMap(Object.keys);
  const missing = named.filter((name) => !titles.has(name));
  if (missing.length > 0) throw new Error(`no such page in docs: ${missing.join(', ')}`);
  const rest = [...titles.keys()].filter((name) => !named.includes(name)).sort();
  const more = rest.length > 0 ? { More: Object.fromEntries(rest.map((name) => [name, ''])) } : {};
  return Object.entries({ ...PARTS, ...more }).map(([part, listed]) => ({
    part,
    pages: Object.entries(listed).map(([name, about]) => ({ title: titles.get(name), path: `docs/${name}.md`, about })),
  }));
}

export async function llmsText(root) {
  const { description } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const lines = ['# Madang', '', `> ${description}.`, ''];
  for (const { part, pages } of await contents(root)) {
    lines.push(`## ${part}`, '');
    for (const { title, about, path } of pages) lines.push(`- [${title}](${path})${about && `: ${about}`}`);
    lines.push('');
  }
  lines.push('## Optional', '');
  lines.push('- [The API](schema.graphql): the schema of GraphQL, with a description of every field.');
  lines.push('- [Decisions](docs/adr/README.md): each with its trade-offs.');
  lines.push('- [Changelog](CHANGELOG.md): changes that users notice.', '');
  return lines.join('\n');
}
