import { userId } from '../../src/engine/domain/ids.js';
import type { RequestStatus } from '../../src/gifticon/gifticon-requests.js';

export const [ann, ben] = [userId('ann'), userId('ben')];
export const never = (): AbortSignal => new AbortController().signal;
export const code = (answer: RequestStatus | null): string =>
  answer === null ? 'none' : answer.status === 'REJECTED' ? answer.rejection.code : answer.status;
export const places = ({ seen }: { readonly seen: readonly RequestStatus[] }) =>
  seen.map((each) => (each.status === 'QUEUED' ? each.ahead : code(each)));
export const users = (count: number, name = 'user'): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`);
