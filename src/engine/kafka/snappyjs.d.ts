declare module 'snappyjs' {
  const snappy: {
    compress(bytes: Buffer): Buffer;
    /** @throws where it would be more than `max` bytes */
    uncompress(bytes: Buffer, max: number): Buffer;
  };
  export default snappy;
}
