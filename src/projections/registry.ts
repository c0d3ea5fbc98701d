import type { PostgresReadModel, RedisReadModel } from './define-read-model.js';
import { POSTGRES, REDIS } from './generated/read-models.js';

export const postgresProjections: readonly PostgresReadModel[] = Object.values(POSTGRES);
export const redisProjections: readonly RedisReadModel[] = Object.values(REDIS);
