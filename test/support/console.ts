import { until } from './conditions.js';
import type { Answer, WireUser } from './wire.js';

// The console's part of the API, as its page uses it.

export interface WireCount {
  readonly name: string;
  readonly value: number;
}

export interface WireAction {
  readonly commandId: string;
  readonly kind: string;
  readonly target: string;
  readonly input: string;
  readonly by: { readonly handle: string } | null;
  readonly state: string;
  readonly progress: { readonly phase: string; readonly done: number; readonly total: number } | null;
  readonly result: string | null;
  readonly counts: readonly WireCount[];
  readonly verifications: readonly {
    readonly readModel: string;
    readonly equal: boolean;
    readonly rows: number;
    readonly positions: readonly number[];
  }[];
  readonly message: string | null;
  readonly endedAt: string | null;
}

export const ACTION =
  'commandId kind target input by { handle } state progress { phase done total } result counts { name value } ' +
  'verifications { readModel equal rows positions } message endedAt';

/** What `admin` has under this selection. */
export async function adminQuery<T>(
  admin: WireUser,
  selection: string,
  variables: Record<string, unknown> = {},
  declared = '',
): Promise<T> {
  const { data, text } = await admin.ask<{ admin: T }>(`query ${declared} { admin { ${selection} } }`, variables);
  if (!data?.admin) throw new Error(`admin { ${selection} } answered ${text}`);
  return data.admin;
}

export interface Acted {
  readonly preview: Readonly<Record<string, number>>;
  readonly action: WireAction | null;
}

export const countsOf = (counts: readonly WireCount[]): Record<string, number> =>
  Object.fromEntries(counts.map(({ name, value }) => [name, value]));

const INPUTS: Readonly<Record<string, string>> = {
  adminSetRoomHeat: 'AdminSetRoomHeatInput',
  adminClearRoomHeat: 'AdminRoomInput',
  adminRetryDeadLetters: 'AdminDeadLettersInput',
  adminDropDeadLetters: 'AdminDeadLettersInput',
};

/** Sends an action, and answers what it was answered. */
export const sendAction = (
  user: WireUser,
  mutation: string,
  input: Record<string, unknown>,
): Promise<Answer<Record<string, { preview: WireCount[]; action: WireAction | null }>>> =>
  user.ask(
    `mutation ($input: ${INPUTS[mutation] ?? 'AdminReadModelInput'}!) { ${mutation}(input: $input) ` +
      `{ preview { name value } action { ${ACTION} } } }`,
    { input },
  );

export async function act(user: WireUser, mutation: string, input: Record<string, unknown>): Promise<Acted> {
  const { data, text } = await sendAction(user, mutation, input);
  const payload = data?.[mutation];
  if (!payload) throw new Error(`${mutation} answered ${text}`);
  return { preview: countsOf(payload.preview), action: payload.action };
}

export const actionOf = async (admin: WireUser, commandId: string): Promise<WireAction> =>
  (
    await adminQuery<{ action: WireAction }>(
      admin,
      `action(commandId: $id) { ${ACTION} }`,
      { id: commandId },
      '($id: ID!)',
    )
  ).action;

/** Waits for the end of a long action. */
export async function ended(admin: WireUser, { action }: Acted): Promise<WireAction> {
  let last: WireAction | undefined;
  await until(async () => {
    last = await actionOf(admin, action!.commandId);
    return last.endedAt !== null;
  }, `${action!.kind} of ${action!.target} to end`);
  return last!;
}
