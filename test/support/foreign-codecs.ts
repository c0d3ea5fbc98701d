import { gzipSync } from 'node:zlib';
import kafkajs, { CompressionTypes } from 'kafkajs';
import snappyjs from 'snappyjs';
import { lz4Frame, zstdFrame } from './record-batches.js';

// The codecs of other programs: kafkajs has gzip alone. It only writes with these.
const never = (): never => {
  throw new Error('not read in here');
};

/** Lets kafkajs compress with every codec that Kafka knows. For programs that do not read with it. */
export function registerForeignCodecs(): void {
  const codec = (compress: (bytes: Buffer) => Buffer) => () => ({
    compress: ({ buffer }: { buffer: Buffer }) => Promise.resolve(compress(buffer)),
    decompress: never,
  });
  kafkajs.CompressionCodecs[CompressionTypes.GZIP] = codec((bytes) => gzipSync(bytes));
  kafkajs.CompressionCodecs[CompressionTypes.Snappy] = codec((bytes) => snappyjs.compress(bytes));
  kafkajs.CompressionCodecs[CompressionTypes.LZ4] = codec(lz4Frame);
  kafkajs.CompressionCodecs[CompressionTypes.ZSTD] = codec(zstdFrame);
}
