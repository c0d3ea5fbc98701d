// A process with the role heat alone, of the built program: node heat-monitor.js '{"url":…,"logId":…,"thresholds":…}'
import pino from 'pino';
import { openRedis } from '../../dist/engine/redis/client.js';
import { redisHeatStore } from '../../dist/hot-rooms/redis-heat-store.js';
import { startHeatMonitor } from '../../dist/hot-rooms/monitor.js';

const { url, logId, thresholds } = JSON.parse(process.argv[2]);
const logger = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
const redis = await openRedis(url, { log: logger });
const monitor = startHeatMonitor({ store: redisHeatStore({ redis, logId, subscriber: null }), thresholds, logger });
setInterval(() => process.send?.({ leads: monitor.leads() }, () => undefined), 20);
process.on('disconnect', () => process.exit());
