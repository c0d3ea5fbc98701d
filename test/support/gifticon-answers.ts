import type { Receipt } from '../../src/engine/domain/receipt.js';
import type { CommandId } from '../../src/engine/domain/ids.js';
import type { Customer } from './gifticon-customer.js';
import type { GifticonRecord } from './gifticon-record.js';
import type { WireRequest } from './gifticons.js';

/**
 * Holds what a customers was told to what a deployment has put down: nobody was told of an error, everything that was
 * accepted has its outcome, whoever was told of an outcome was told of that one, and codes are one user's alone.
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
 * Whoever was in the queue before another one pressed is decided before that one, as far as the two of them can tell.
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
 * What is to be told of a request; `counts` is the receipt of the same user's that got a gifticon, or came too late for
 * one.
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
  // Refused at admission. A server that has not read the user's other request yet says what is true of both.
  return counts && (!counts.rejection || observed.status !== 'SOLD_OUT') ? duplicate : soldOut;
}
