import { z } from 'zod';
import { onOff } from './setting-formats.js';

/** What brokers demand of this process, as settings. */
export const kafkaSettings = {
  MADANG_KAFKA_TLS: onOff.default(false),
  MADANG_KAFKA_CA: z.string().optional(),
  MADANG_KAFKA_CERT: z.string().optional(),
  MADANG_KAFKA_KEY: z.string().optional(),
  MADANG_KAFKA_SASL: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  MADANG_KAFKA_USER: z.string().optional(),
  MADANG_KAFKA_PASSWORD: z.string().optional(),
};

type KafkaEnvironment = z.output<z.ZodObject<typeof kafkaSettings>> & {
  readonly KAFKA_BROKERS?: readonly string[] | undefined;
};

/** The files are PEM; their absolute or relative paths. Null: the authorities of Node.js, and no certificate. */
export interface KafkaSecurityConfig {
  readonly tls: {
    readonly caFile: string | null;
    readonly certFile: string | null;
    readonly keyFile: string | null;
  } | null;
  readonly sasl: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  } | null;
}

export function kafkaContradictions(env: KafkaEnvironment): string[] {
  const problems: string[] = [];
  const security = Object.keys(kafkaSettings).filter((name) => env[name as keyof typeof kafkaSettings]);
  if (security.length > 0 && !env.KAFKA_BROKERS)
    problems.push(`KAFKA_BROKERS: must be set beside ${security.join(', ')}: a broker of its own demands neither`);
  if (!env.MADANG_KAFKA_CERT !== !env.MADANG_KAFKA_KEY)
    problems.push('MADANG_KAFKA_CERT: goes with MADANG_KAFKA_KEY: set both or neither');
  const files = [env.MADANG_KAFKA_CA, env.MADANG_KAFKA_CERT].some(Boolean);
  if (files && !env.MADANG_KAFKA_TLS)
    problems.push('MADANG_KAFKA_TLS: must be "on" where MADANG_KAFKA_CA or MADANG_KAFKA_CERT is set');
  const user = [env.MADANG_KAFKA_SASL, env.MADANG_KAFKA_USER, env.MADANG_KAFKA_PASSWORD].filter(Boolean).length;
  if (user % 3 !== 0)
    problems.push('MADANG_KAFKA_SASL: goes with MADANG_KAFKA_USER and MADANG_KAFKA_PASSWORD: set all three or none');
  if (env.MADANG_KAFKA_SASL === 'plain' && !env.MADANG_KAFKA_TLS)
    problems.push('MADANG_KAFKA_SASL: plain sends the password as it is: set MADANG_KAFKA_TLS=on');
  return problems;
}

export function kafkaSecurityOf(env: KafkaEnvironment): KafkaSecurityConfig | null {
  if (!env.MADANG_KAFKA_TLS && !env.MADANG_KAFKA_SASL) return null;
  return {
    tls: env.MADANG_KAFKA_TLS
      ? {
          caFile: env.MADANG_KAFKA_CA ?? null,
          certFile: env.MADANG_KAFKA_CERT ?? null,
          keyFile: env.MADANG_KAFKA_KEY ?? null,
        }
      : null,
    sasl: env.MADANG_KAFKA_SASL
      ? {
          mechanism: env.MADANG_KAFKA_SASL,
          username: env.MADANG_KAFKA_USER!,
          password: env.MADANG_KAFKA_PASSWORD!,
        }
      : null,
  };
}
