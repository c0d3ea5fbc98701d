import type { IncomingMessage } from 'node:http';

/** What a client is counted by where nobody is signed in. */
export const clientAddressOf = ({ socket }: Pick<IncomingMessage, 'socket'>): string => socket.remoteAddress ?? 'unknown';
