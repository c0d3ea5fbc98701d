import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureCommand } from '../../src/embedded/system-packages.js';
import { quietLogger } from './conditions.js';

const run = promisify(execFile);
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** The paths of PEM files. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Authority extends Certificate {
  /** A certificate for a server on this machine, or for a client. */
  issue(name: string): Promise<Certificate>;
}

/** Installs it where it is missing. */
export const findOpenssl = (): Promise<string> =>
  ensureCommand({
    server: 'openssl',
    command: 'openssl',
    packages: { apt: ['openssl'], dnf: ['openssl'], apk: ['openssl'], brew: ['openssl'] },
    otherwise: 'leave the tests with certificates out',
    log: quietLogger,
  });

async function openssl(...args: readonly string[]): Promise<void> {
  await run(await findOpenssl(), args);
}

/** A certificate that signs itself. */
export async function createSelfSigned(
  folder: string,
  name: string,
  { subject, days }: { readonly subject: string; readonly days: number },
): Promise<Certificate> {
  const [certFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const files = ['-keyout', keyFile, '-out', certFile];
  await openssl('req', '-x509', ...KEY, ...files, '-days', String(days), '-subj', `/CN=${subject}`);
  return { certFile, keyFile };
}

/** A certificate authority in a folder, valid for a day. */
export async function createAuthority(folder: string, name: string): Promise<Authority> {
  const authority = await createSelfSigned(folder, `${name}-ca`, { subject: name, days: 1 });
  return {
    ...authority,
    async issue(subject) {
      const at = (extension: string): string => join(folder, `${name}-${subject}.${extension}`);
      const [certFile, keyFile, request, extensions] = [at('pem'), at('key'), at('csr'), at('ext')];
      await openssl('req', ...KEY, '-keyout', keyFile, '-out', request, '-subj', `/CN=${subject}`);
      await writeFile(extensions, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
      const signed = [
        '-CA',
        authority.certFile,
        '-CAkey',
        authority.keyFile,
        '-CAcreateserial',
        '-extfile',
        extensions,
      ];
      await openssl('x509', '-req', '-in', request, '-out', certFile, '-days', '1', ...signed);
      return { certFile, keyFile };
    },
  };
}

/** The key and the certificate in one file, as Kafka takes them. */
export async function joined({ certFile, keyFile }: Certificate): Promise<string> {
  const file = `${certFile}.joined`;
  await writeFile(file, (await readFile(keyFile, 'utf8')) + (await readFile(certFile, 'utf8')));
  return file;
}
