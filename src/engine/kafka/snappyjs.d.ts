declare module 'snappyjs' {
  const snappy: {
    compress(bytes: Buffer): Buffer;
    /** @throws the output would exceed `max` bytes */
    uncompress(bytes: Buffer, max: number): Buffer;
  };
  export default snappy;
}
