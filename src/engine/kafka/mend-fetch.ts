import { createRequire } from 'node:module';
import type { DecodeBudget, LogMessage } from './record-batches.js';
import { createDecodeBudget, readBatches } from './record-batches.js';

interface ResponseFormat {
  decode(bytes: Buffer): Promise<unknown>;
}

const requireOf = createRequire(import.meta.url);

/** The versions of the fetch response with record batches, up to the latest one that kafkajs 2.2.4 uses. */
const VERSIONS = [4, 5, 6, 7, 8, 9, 10, 11] as const;

/**
 * kafkajs decodes the records of a fetch within the response, so that one unreadable batch fails the fetch for all
 * partitions, each time again. With this patch `readBatches` reads them.
 */
for (const version of VERSIONS) {
  const format = requireOf(`kafkajs/src/protocol/requests/fetch/v${version}/response.js`) as ResponseFormat;
  format.decode = (bytes) => decodeFetch(bytes, version);
}

interface Broker {
  listOffsets(request: { readonly topics: unknown; readonly isolationLevel?: number }): Promise<unknown>;
}

/**
 * kafkajs's admin client asks for the end of a partition with read-committed isolation: before an open transaction. The
 * end is after the last record in the log.
 */
const { prototype: broker } = requireOf('kafkajs/src/broker/index.js') as { readonly prototype: Broker };
const READ_UNCOMMITTED = 0;
const listOffsets = broker.listOffsets;
broker.listOffsets = function (request) {
  return listOffsets.call(this, { ...request, isolationLevel: READ_UNCOMMITTED });
};

async function decodeFetch(bytes: Buffer, version: number): Promise<unknown> {
  let at = 0;
  const int32 = (): number => bytes.readInt32BE((at += 4) - 4);
  const int16 = (): number => bytes.readInt16BE((at += 2) - 2);
  const int64 = (): string => String(bytes.readBigInt64BE((at += 8) - 8));
  const text = (): string => {
    const length = int16();
    return bytes.toString('utf8', at, (at += length));
  };
  const many = async <T>(one: () => Promise<T>): Promise<T[]> => {
    const all: T[] = [];
    for (let count = int32(); count > 0; count--) all.push(await one());
    return all;
  };
  const records = async (high: string, budget: DecodeBudget): Promise<LogMessage[]> => {
    const length = Math.max(0, int32());
    const part = bytes.subarray(at, (at += length));
    return budget.left > 0 ? readBatches(part, Number(high), budget) : [];
  };

  const clientSideThrottleTime = int32();
  const [errorCode, sessionId] = version >= 7 ? [int16(), int32()] : [0, 0];
  const budget = createDecodeBudget();
  const partition = async (): Promise<unknown> => {
    const [index, error, highWatermark, lastStableOffset] = [int32(), int16(), int64(), int64()];
    const lastStartOffset = version >= 5 ? int64() : '-1';
    // No transactional reads here, so the list of aborted transactions is skipped.
    for (let count = int32(); count > 0; count--) at += 16;
    const preferredReadReplica = version >= 11 ? int32() : -1;
    const messages = await records(highWatermark, budget);
    return {
      partition: index,
      errorCode: error,
      highWatermark,
      lastStableOffset,
      lastStartOffset,
      abortedTransactions: [],
      preferredReadReplica,
      messages,
    };
  };
  const responses = await many(async () => ({ topicName: text(), partitions: await many(partition) }));
  // The client delays by this value; the broker has not done so itself (since version 3).
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}
