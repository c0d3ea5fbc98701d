import type { Receipt } from '../../src/engine/domain/receipt.js';
import type { CommandId } from '../../src/engine/domain/ids.js';
import type { Customer } from './gifticon-customer.js';
import type { GifticonRecord } from './gifticon-record.js';
import type { WireRequest } from './gifticons.js';

/**
 * Compares the customers' answers with the deployment's record: no customer got an error, every accepted request has
 * its outcome, all reported outcomes are the recorded ones, and each code belongs to one user.
 */
export function expectTrueAnswers(
  customers: readonly Customer[],
  { receipts }: Pick<GifticonRecord, 'receipts'>,
): void {
  expect(customers.flatMap(({ wrong }) => wrong)).toEqual([]);
  const owners = new Map<string, string>();
  for (const customer of customers) {
    const ids = [...customer.sent.keys()] as CommandId[];
    const counts = ids.filter(
      (id) => [undefined, 'SOLD_OUT'].includes(receipts.get(id)?.rejection?.code) && receipts.has(id),
    );
    expect(counts.length).toBeLessThanOrEqual(1);
    for (const id of ids) {
      const observed = customer.observed.filter(({ request }) => request.id === id).map(({ request }) => request);
      const receipt = receipts.get(id);
      expect(observed.length).toBeGreaterThan(0);
      if (observed.some(({ status }) => status === 'QUEUED' || status === 'ISSUED') && !receipt)
        throw new Error(`${id} was accepted and has no outcome`);
      const finals = observed.filter(({ status }) => status !== 'QUEUED');
      for (const final of finals)
        expect({ id, ...outcomeOf(final) }).toEqual({
          id,
          ...expected(final, receipt, counts[0] && receipts.get(counts[0])),
        });
      const codes = new Set(finals.flatMap(({ code }) => code ?? []));
      expect(codes.size).toBeLessThanOrEqual(1);
      for (const code of codes) {
        expect(owners.get(code) ?? id).toBe(id);
        owners.set(code, id);
      }
    }
  }
}

/**
 * A request that was in the queue before another was sent is decided before it, as far as the two customers can know.
 */
export function expectFirstComeFirstServed(
  customers: readonly Customer[],
  { receipts }: Pick<GifticonRecord, 'receipts'>,
): void {
  const accepted = customers.flatMap(({ campaignId, sent, observed }) =>
    [...sent].flatMap(([id, from]) => {
      const answered = observed.find(({ request }) => request.id === id && request.status === 'QUEUED');
      const receipt = receipts.get(id as CommandId);
      return answered && receipt ? [{ campaignId, from, to: answered.at, offset: receipt.offset }] : [];
    }),
  );
  for (const campaignId of new Set(customers.map((customer) => customer.campaignId))) {
    const own = accepted.filter((each) => each.campaignId === campaignId);
    const answered = own.toSorted((a, b) => a.to - b.to);
    let [next, last] = [0, -1];
    for (const { from, offset } of own.toSorted((a, b) => a.from - b.from)) {
      for (; answered[next] && answered[next]!.to < from; next++) last = Math.max(last, answered[next]!.offset);
      expect(offset).toBeGreaterThan(last);
    }
  }
}

const outcomeOf = ({ status, rejection, duplicateOf }: WireRequest) => ({
  status,
  code: rejection?.code ?? null,
  duplicateOf,
});

/**
 * The expected answer for a request; `counts` is the receipt of the same user's request that got a gifticon, or came
 * too late for one.
 */
function expected(
  observed: WireRequest,
  receipt: Receipt | undefined,
  counts: Receipt | undefined,
): ReturnType<typeof outcomeOf> {
  const duplicate = { status: 'REJECTED', code: 'ALREADY_REQUESTED', duplicateOf: counts?.commandId ?? null };
  const soldOut = { status: 'SOLD_OUT', code: null, duplicateOf: null };
  if (receipt && !receipt.rejection) return { status: 'ISSUED', code: null, duplicateOf: null };
  if (receipt?.rejection?.code === 'SOLD_OUT') return soldOut;
  if (receipt) return duplicate;
  // Refused at admission. A server that has not read the user's other request yet may give either answer, both true.
  return counts && (!counts.rejection || observed.status !== 'SOLD_OUT') ? duplicate : soldOut;
}
