import { randomBytes } from 'node:crypto';
import type { GraphQLResolveInfo, ResponsePath } from 'graphql';

/** A value that is each member's own, in an answer that is executed once for all members. */
export type Personal =
  { readonly of: 'readSeq' | 'unreadCount' } | { readonly of: 'mine'; readonly seq: number; readonly emoji: string };

/** For `@Extensions`: the field leaves a slot in an answer that is executed for all members at once. */
export const LEAVES_SLOT = { leavesSlot: true } as const;

/** The slots of one answer, where each member's own values go. */
export interface PersonalSlots {
  /** Remembers the place of a field. The field's value is replaced. */
  leave(info: Pick<GraphQLResolveInfo, 'path'>, personal: Personal): void;
  /** The answer, cut at the slots. Changes `data`. Called once, after the execution. */
  template(answer: { readonly data: unknown; readonly extensions?: unknown }): Template;
}

/** An answer as JSON in UTF-8: part 0, slot 0, part 1, slot 1, … and a last part. */
export interface Template {
  readonly parts: readonly Buffer[];
  readonly slots: readonly Personal[];
}

export function createPersonalSlots(): PersonalSlots {
  const left: { readonly path: readonly (string | number)[]; readonly personal: Personal }[] = [];
  // A nonce, so that no message can contain a slot's mark.
  const nonce = randomBytes(12).toString('hex');

  return {
    leave: ({ path }, personal) => void left.push({ path: keysOf(path), personal }),
    template(answer) {
      for (const [n, { path }] of left.entries()) put(answer.data, path, `${nonce}/${n}`);
      const pieces = JSON.stringify(answer).split(new RegExp(`"${nonce}/(\\d+)"`));
      // Every second piece is a slot's number. The pieces come in the order of the answer, not in that of the
      // resolvers.
      return {
        parts: pieces.filter((_, index) => index % 2 === 0).map((part) => Buffer.from(part)),
        slots: pieces.filter((_, index) => index % 2 === 1).map((n) => left[Number(n)]!.personal),
      };
    },
  };
}

/** @param valueOf the value of a slot, as JSON */
export function fill({ parts, slots }: Template, valueOf: (personal: Personal) => string): Buffer {
  return Buffer.concat(
    parts.flatMap((part, index) => (index < slots.length ? [part, Buffer.from(valueOf(slots[index]!))] : [part])),
  );
}

function keysOf(path: ResponsePath): readonly (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at: ResponsePath | undefined = path; at; at = at.prev) keys.unshift(at.key);
  return keys;
}

function put(data: unknown, path: readonly (string | number)[], mark: string): void {
  let holder = data as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string | number, unknown>;
  holder[path.at(-1)!] = mark;
}
