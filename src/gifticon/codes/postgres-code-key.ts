import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type pg from 'pg';
import { checkValue } from './code-keys.js';
import { CodeKeyError, keyFileOf, readKeyFile, writeKeyFile } from './key-file.js';
import type { Logger } from '../../engine/runtime/logging.js';
import { transaction } from '../../engine/postgres/pool.js';

export interface CodeKeyOptions {
  readonly pool: pg.Pool;
  /** 64 hexadecimal digits from the environment; null where the setting is missing. */
  readonly given: string | null;
  readonly dataDir: string;
  /** Whether the database lies in the data directory too: then its key lies beside it, and in no dump. */
  readonly ownDatabase: boolean;
  readonly logger: Logger;
}

const KEY = 'gifticon_code_key';
const CHECK = 'gifticon_code_check';
const KEY_BYTES = 32;

/**
 * The key of the deployment's gifticon codes: from the setting, from the file in the data directory, or from the
 * database; created where none exists and none ever did. A check value in the database holds every process to the same
 * key. Safe when many processes start at once: each waits for the one before it, and the file is written before the
 * check value is committed.
 * @throws {CodeKeyError} where the key is missing, or is not the one that the codes were made with so far
 */
export async function openCodeKey(options: CodeKeyOptions): Promise<Buffer> {
  const { pool, given, logger } = options;
  const file = keyFileOf(resolve(options.dataDir));
  return transaction(pool, async (client) => {
    await client.query('LOCK TABLE settings IN SHARE ROW EXCLUSIVE MODE');
    const { rows } = await client.query<{ name: string; value: string }>(
      'SELECT name, value FROM settings WHERE name = ANY($1)',
      [[KEY, CHECK]],
    );
    const stored = new Map(rows.map(({ name, value }) => [name, value]));
    const inDatabase = stored.get(KEY);
    const check = stored.get(CHECK) ?? null;
    const fits = (key: Buffer): boolean => check === null || checkValue(key) === check;

    const choose = async (): Promise<Buffer> => {
      if (given !== null) {
        const key = Buffer.from(given, 'hex');
        if (!fits(key))
          throw new CodeKeyError(
            'MADANG_CODE_KEY is not the key that the gifticon codes of this deployment are made with: ' +
              'set that one, or unset it where the deployment keeps its own',
          );
        if (inDatabase !== undefined)
          logger.warn(
            'the key of gifticon codes is in the database, too: once every process has MADANG_CODE_KEY, ' +
              `run DELETE FROM settings WHERE name = '${KEY}'`,
          );
        return key;
      }
      const inFile = await readKeyFile(file);
      if (inFile && fits(inFile.key)) {
        if (inFile.othersMayRead) logger.warn({ file }, 'others may read the key of gifticon codes: chmod 600 it');
        return inFile.key;
      }
      if (inDatabase !== undefined && fits(Buffer.from(inDatabase, 'hex'))) {
        logger.warn(
          'the key of gifticon codes is in the database, so a dump of it reveals codes that are not ' +
            'issued yet: set MADANG_CODE_KEY to keep the key elsewhere',
        );
        return Buffer.from(inDatabase, 'hex');
      }
      if (inFile)
        throw new CodeKeyError(
          `${file} holds another key than the gifticon codes of this deployment are made with: ` +
            'put the right file back, or set MADANG_CODE_KEY',
        );
      if (check !== null)
        throw new CodeKeyError(
          'the key that the gifticon codes of this deployment are made with is not here: ' +
            `set MADANG_CODE_KEY, or put ${file} back`,
        );
      return make();
    };

    const make = async (): Promise<Buffer> => {
      const key = randomBytes(KEY_BYTES);
      if (options.ownDatabase) {
        await mkdir(resolve(options.dataDir), { recursive: true });
        await writeKeyFile(file, key);
        logger.info({ file }, 'made the key of gifticon codes: keep a copy of it, no backup of the database has it');
        return key;
      }
      await client.query('INSERT INTO settings (name, value) VALUES ($1, $2)', [KEY, key.toString('hex')]);
      logger.warn(
        'made the key of gifticon codes and put it into the database, ' +
          'so a dump of it reveals codes that are not issued yet: set MADANG_CODE_KEY to keep the key elsewhere',
      );
      return key;
    };

    const key = await choose();
    if (check === null)
      await client.query('INSERT INTO settings (name, value) VALUES ($1, $2)', [CHECK, checkValue(key)]);
    return key;
  });
}
