/**
 * Run after `npm install` changed package-lock.json: `node scripts/complete-lock.mjs`, with `--check` to change
 * nothing. npm leaves an optional package of another platform out of the lock when its registry does not have it; `npm
 * ci` then refuses that lock on every platform. This adds such packages by name, version and platform, without a
 * checksum, which is not known; npm on this platform skips them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';

const file = join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));

const systems = [
  'darwin',
  'linux',
  'win32',
  'windows',
  'android',
  'freebsd',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'aix',
];
const processors = ['arm64', 'x64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el'];

/** The platform in the name of a package: `@scope/name-linux-arm64-musl`. */
function platformOf(name) {
  const words = name.replace(/^@/, '').split(/[/-]/);
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  if (os === undefined || cpu === undefined) return undefined;
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : undefined;
  return { cpu: [cpu], ...(os === 'linux' && libc && { libc: [libc] }), os: [os === 'windows' ? 'win32' : os] };
}

const added = [];
for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const levels = path.split('node_modules/').slice(1);
    const folders = levels.map(
      (_, index) => `node_modules/${levels.slice(0, levels.length - index).join('node_modules/')}/`,
    );
    if (
      [...folders, ''].some(
        (folder) => lock.packages[`${folder}node_modules/${name}`.replaceAll('//', '/')] !== undefined,
      )
    )
      continue;
    const platform = platformOf(name);
    if (platform === undefined || !/^\d+\.\d+\.\d+/.test(version)) {
      process.stderr.write(
        `${name}@${version}, an optional package of ${path}, is missing in the lock and names no platform\n`,
      );
      process.exitCode = 1;
      continue;
    }
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: platform.cpu,
      ...(dev && { dev }),
      ...(platform.libc && { libc: platform.libc }),
      optional: true,
      os: platform.os,
    };
    added.push(`${name}@${version}`);
  }
}

if (process.argv.includes('--check')) {
  if (added.length > 0) process.exitCode = 1;
} else if (added.length > 0) {
  const compare = (a, b) => (a < b ? -1 : 1);
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => compare(a, b)));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
process.stdout.write(
  added.length === 0
    ? 'the lock is complete\n'
    : `${added.length} packages ${process.argv.includes('--check') ? 'missing' : 'added'}: ${added.join(', ')}\n`,
);
