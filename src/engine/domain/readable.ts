/** The newest version that a program reads of each type. */
export type Versions = Readonly<Record<string, number>>;

/** What a program reads: announced to the other processes of a deployment. */
export interface Readable {
  readonly event: Versions;
  readonly command: Versions;
}

export type ReadableKind = keyof Readable;

/**
 * What may be written: the versions that every live process reads. A version that may be written once always may, so a
 * cached answer is wrong only by refusing.
 */
export interface Writable {
  /** Whether the version of this program may be written. Called for every event and command: no input or output. */
  isWritable(kind: ReadableKind, type: string): boolean;
}

/** For tests and tools: a single process. */
export const EVERYTHING_WRITABLE: Writable = { isWritable: () => true };
