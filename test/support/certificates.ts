import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The paths of PEM files. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Authority extends Certificate {
  /** A certificate for a server on this machine, or for a client. */
  issue(name: string): Promise<Certificate>;
}

async function openssl(args: readonly string[]): Promise<void> {
  await run('openssl', args);
}

/** A certificate authority in a folder, valid for a day. */
export async function createAuthority(folder: string, name: string): Promise<Authority> {
  const at = (file: string): string => join(folder, `${name}-${file}`);
  const authority = { certFile: at('ca.pem'), keyFile: at('ca.key') };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl([
    'req',
    '-x509',
    ...key,
    '-keyout',
    authority.keyFile,
    '-out',
    authority.certFile,
    '-days',
    '1',
    '-subj',
    `/CN=${name}`,
  ]);
  return {
    ...authority,
    async issue(subject) {
      const [certFile, keyFile, request, extensions] = [
        at(`${subject}.pem`),
        at(`${subject}.key`),
        at(`${subject}.csr`),
        at(`${subject}.ext`),
      ];
      await openssl(['req', ...key, '-keyout', keyFile, '-out', request, '-subj', `/CN=${subject}`]);
      await writeFile(extensions, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
      await openssl([
        'x509',
        '-req',
        '-in',
        request,
        '-out',
        certFile,
        '-days',
        '1',
        '-extfile',
        extensions,
        '-CA',
        authority.certFile,
        '-CAkey',
        authority.keyFile,
        '-CAcreateserial',
      ]);
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
