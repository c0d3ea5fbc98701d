import type { SASLOptions } from 'kafkajs';
import { readFile } from 'node:fs/promises';
import { ConfigError } from '../config.js';
import type { KafkaSecurityConfig } from '../kafka-settings.js';
import type { KafkaSecurity } from '../engine/kafka/connection.js';

/** @throws {ConfigError} naming every file that cannot be read */
export async function readKafkaSecurity({ tls, sasl }: KafkaSecurityConfig): Promise<KafkaSecurity> {
  const problems: string[] = [];
  const read = async (setting: string, file: string | null): Promise<string | undefined> => {
    if (file === null) return undefined;
    try {
      const pem = await readFile(file, 'utf8');
      if (!pem.includes('-----BEGIN ')) problems.push(`${setting}: ${file} is no PEM file`);
      return pem;
    } catch (error) {
      problems.push(`${setting}: ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
      return undefined;
    }
  };
  const [ca, cert, key] = await Promise.all([
    read('MADANG_KAFKA_CA', tls?.caFile ?? null),
    read('MADANG_KAFKA_CERT', tls?.certFile ?? null),
    read('MADANG_KAFKA_KEY', tls?.keyFile ?? null),
  ]);
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    ...(tls ? { ssl: ca || cert ? { ...(ca ? { ca } : {}), ...(cert ? { cert, key: key! } : {}) } : true } : {}),
    ...(sasl ? { sasl: sasl as SASLOptions } : {}),
  };
}
