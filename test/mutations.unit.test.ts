import { fileURLToPath } from 'node:url';

interface Mutation {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

interface MutationList {
  readonly mutations: readonly Mutation[];
  readonly readCheckout: (root: string) => unknown;
  readonly locate: (mutation: Mutation, checkout: unknown) => { readonly stale?: string };
}

const { mutations, readCheckout, locate } = (await import(
  new URL('../scripts/mutations/list.mjs', import.meta.url).href
)) as MutationList;

test('the text of every mutation is in the code, exactly once, and its tests are there', () => {
  const checkout = readCheckout(fileURLToPath(new URL('..', import.meta.url)));
  const stale = mutations.flatMap((mutation) => {
    const { stale: reason } = locate(mutation, checkout);
    return reason ? [`${mutation.file}: ${mutation.find}: ${reason}`] : [];
  });
  expect(stale).toEqual([]);
  expect(mutations.length).toBeGreaterThan(100);
});

test('no mutation is there twice, and none changes nothing', () => {
  const changes = mutations.map(({ file, find, replace }) => `${file}: ${find}\n=>\n${replace}`);
  expect(changes.filter((change, index) => changes.indexOf(change) !== index)).toEqual([]);
  expect(mutations.filter(({ find, replace }) => find === replace)).toEqual([]);
});
