import { LogError } from '../log/command-log.js';

/** Reasons of OpenSSL and Node.js, by name or by text. */
const UNTRUSTED = new RegExp(
  ['unable to (?:verify|get)', 'self[-_ ]signed', 'altname', 'certificate has expired', 'not yet valid'].join('|'),
  'i',
);
/** A broker demands a certificate of the client, or does not trust it. */
const CLIENT_CERTIFICATE = /alert (?:certificate|bad certificate|unknown ca)|certificate required/i;
/** The other side does not speak TLS. */
const NO_TLS = /wrong version number|packet length too long|EPROTO|before secure TLS connection/i;
const CLOSED = /Closed connection|ECONNRESET|socket hang up|Connection timeout/i;
const NOT_ENABLED = /does not support the requested SASL mechanism|ILLEGAL_SASL_STATE/i;

interface Asked {
  readonly brokers: readonly string[];
  readonly tls: boolean;
  readonly user: string | null;
}

function* reasons(error: unknown): Generator<string> {
  for (let at = error; at instanceof Error; at = at.cause) yield `${at.name}: ${at.message}`;
}

/**
 * One line for an operator on why no broker takes this program: which setting is to be corrected. Never shows the
 * password.
 * @returns LOG_REFUSED: it was refused, and will be again; LOG_UNAVAILABLE: nobody answered
 */
export function describeBrokersUnreachable(cause: unknown, { brokers, tls, user }: Asked): LogError {
  const place = brokers.join(', ');
  const said = [...reasons(cause)].join('\n');
  const refused = (message: string): LogError => new LogError('LOG_REFUSED', message, { cause });
  const unreachable = (message: string): LogError => new LogError('LOG_UNAVAILABLE', message, { cause });
  if (NOT_ENABLED.test(said))
    return refused(`Kafka at ${place} does not take this way of signing in: correct MADANG_KAFKA_SASL`);
  if (said.includes('KafkaJSSASLAuthenticationError'))
    return refused(
      `Kafka at ${place} refuses the user ${user ?? ''}: correct MADANG_KAFKA_USER, MADANG_KAFKA_PASSWORD or ` +
        'MADANG_KAFKA_SASL',
    );
  if (CLIENT_CERTIFICATE.test(said))
    return refused(`Kafka at ${place} does not take the certificate of this program: correct MADANG_KAFKA_CERT`);
  if (UNTRUSTED.test(said))
    return refused(
      `the certificate of Kafka at ${place} is not trusted (${lastReason(cause)}): name its authority in ` +
        'MADANG_KAFKA_CA, or correct the host name in KAFKA_BROKERS',
    );
  if (tls && NO_TLS.test(said))
    return unreachable(
      `Kafka at ${place} does not speak TLS: name its TLS port in KAFKA_BROKERS, or unset MADANG_KAFKA_TLS`,
    );
  const hint = CLOSED.test(said)
    ? tls
      ? ', or does not speak TLS: start it, or correct KAFKA_BROKERS or MADANG_KAFKA_TLS'
      : ', or only in TLS: start it, or correct KAFKA_BROKERS or MADANG_KAFKA_TLS'
    : ': start it, or correct KAFKA_BROKERS';
  return unreachable(`no Kafka broker answers at ${place}${hint}`);
}

function lastReason(error: unknown): string {
  const said = [...reasons(error)];
  return (said.at(-1) ?? '').replace(/^\w+: (?:Connection error: )?/, '');
}
