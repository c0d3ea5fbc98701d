/** The result of checking one promise. */
export interface Check {
  /** Such as "3. one order". */
  readonly promise: string;
  /** A summary of what was compared. */
  readonly looked: string;
  /** Every way in which it was broken; empty where it was kept. */
  readonly broken: readonly string[];
}

/** The limit of reported failures: more of a kind are not useful. */
const MOST = 20;

/** Collects the failures of one promise. */
export function openCheck(promise: string) {
  const broken: string[] = [];
  let more = 0;
  const expectThat = (holds: boolean, otherwise: () => string): void => {
    if (holds) return;
    if (broken.length < MOST) broken.push(otherwise());
    else more++;
  };
  return {
    expectThat,
    /** Runs checks that throw where they fail, as Jest's expectations do. */
    async attempt(what: string, work: () => unknown): Promise<void> {
      try {
        await work();
      } catch (error) {
        expectThat(false, () => `${what}: ${plain((error as Error).message)}`);
      }
    },
    end: (looked: string): Check => ({ promise, looked, broken: more > 0 ? [...broken, `and ${more} more`] : broken }),
  };
}

// Colours of a terminal are noise in a file.
const plain = (text: string): string =>
  text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '').trim();
