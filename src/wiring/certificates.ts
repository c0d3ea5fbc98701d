import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { isIP } from 'node:net';
import type pg from 'pg';
import type { Config } from '../config.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { Logger } from '../engine/runtime/logging.js';
import { startPoll } from '../engine/runtime/poll.js';
import type { Metrics } from '../metrics.js';

export interface CertificatesOptions {
  readonly config: Pick<Config, 'auth'>;
  readonly redisUrl: string;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'certificateExpiry'>;
  readonly everyMs?: number;
}

export interface Certificates {
  /** Reads the certificate of a new connection to the database; none without TLS. Never throws. */
  ofDatabase(client: pg.Client): void;
}

const READ_EVERY_MS = 600_000;
const TIMEOUT_MS = 5_000;

/**
 * Measures until when the certificates of the servers that this process reaches over TLS are valid. Always by a new
 * connection: a server that renews its certificate shows it on new connections alone.
 */
export function watchCertificates({
  config: { auth },
  redisUrl,
  lifecycle,
  logger,
  metrics,
  everyMs = READ_EVERY_MS,
}: CertificatesOptions): Certificates {
  const redis = new URL(redisUrl);
  const provider = auth.mode === 'jwt' && 'jwksUrl' in auth.keys ? new URL(auth.keys.jwksUrl) : null;
  const read = async (dependency: string, url: URL, defaultPort: number): Promise<void> => {
    try {
      metrics.certificateExpiry.set({ dependency }, await readEnd(url, defaultPort));
    } catch (error) {
      // A server that is away has another gauge, and its certificate ends when it did before.
      logger.debug({ err: error, dependency }, 'could not read the certificate of a server; retrying');
    }
  };
  const poll = startPoll({
    run: async () => {
      if (redis.protocol === 'rediss:') await read('redis', redis, 6379);
      if (provider?.protocol === 'https:') await read('identity_provider', provider, 443);
    },
    everyMs,
    failed: () => undefined,
  });
  void poll.now();
  lifecycle.onStop('the watch over certificates', () => poll.stop());

  return {
    ofDatabase(client) {
      const { stream } = (client as unknown as { readonly connection: { readonly stream: object } }).connection;
      if ('getPeerCertificate' in stream)
        metrics.certificateExpiry.set({ dependency: 'postgresql' }, endOf(stream as TLSSocket));
    },
  };
}

async function readEnd({ hostname, port }: URL, defaultPort: number): Promise<number> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const socket = connect({
    host,
    port: Number(port || defaultPort),
    ...(isIP(host) === 0 && { servername: host }),
    // Nothing is sent. A certificate of an authority that only the driver knows, or that has ended, is read as well.
    rejectUnauthorized: false,
  });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return endOf(socket);
  } finally {
    socket.destroy();
  }
}

/** The first end among the certificates that the server sent, in seconds since 1970. */
function endOf(socket: TLSSocket): number {
  let end = Infinity;
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (certificate?.valid_to !== undefined) {
    end = Math.min(end, Date.parse(certificate.valid_to) / 1_000);
    // A chain ends in a certificate that is its own issuer.
    const { issuerCertificate, fingerprint256 }: DetailedPeerCertificate = certificate;
    certificate = issuerCertificate?.fingerprint256 === fingerprint256 ? undefined : issuerCertificate;
  }
  return end;
}
