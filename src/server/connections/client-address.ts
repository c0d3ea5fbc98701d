import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Socket } from 'node:net';

/** Identifies clients for limits. */
export interface ClientAddresses {
  /**
   * Whether the peer of a connection is a configured proxy: its forwarded addresses count, and it is no client itself.
   */
  isProxy(peer: string | undefined): boolean;
  /**
   * The key by which a client is counted: its IPv4 address, or the /64 of its IPv6 address, since one customer of a
   * provider has at least that many.
   */
  of(peer: string | undefined, forwardedFor?: string): string;
  ofRequest(request: Pick<IncomingMessage, 'socket' | 'headers'>): string;
}

interface Address {
  readonly family: 'ipv4' | 'ipv6';
  readonly text: string;
  readonly network: string;
}

/** @param trustedProxies addresses and CIDRs, as for `isNetwork` */
export function createClientAddresses(trustedProxies: readonly string[]): ClientAddresses {
  const proxies = new BlockList();
  for (const text of trustedProxies) {
    const { address, prefix } = parseNetwork(text)!;
    proxies.addSubnet(address.text, prefix, address.family);
  }
  const isTrusted = ({ text, family }: Address): boolean => trustedProxies.length > 0 && proxies.check(text, family);

  const isProxy = (peer: string | undefined): boolean => {
    const address = parseAddress(peer ?? '');
    return address !== null && isTrusted(address);
  };
  const of = (peer: string | undefined, forwardedFor = ''): string => {
    let hop = parseAddress(peer ?? '');
    if (!hop) return 'unknown';
    // Each proxy appends the address that it saw: from the right, only entries of trusted proxies count.
    for (const entry of forwardedFor.split(',').toReversed()) {
      if (!isTrusted(hop)) break;
      if (entry.trim() === '') continue;
      const next = parseAddress(entry);
      // An entry that is no address hides the client: the proxy that wrote it is counted.
      if (!next) break;
      hop = next;
    }
    return hop.network;
  };
  /**
   * For connections without a proxy, read with every request. Null with a proxy, since each request may be another
   * client's.
   */
  const ofSockets = new WeakMap<Socket, string | null>();

  return {
    isProxy,
    of,
    ofRequest({ socket, headers }) {
      const known = ofSockets.get(socket);
      if (typeof known === 'string') return known;
      const { remoteAddress } = socket;
      if (known === undefined) ofSockets.set(socket, isProxy(remoteAddress) ? null : of(remoteAddress));
      return of(remoteAddress, String(headers['x-forwarded-for'] ?? ''));
    },
  };
}

/** Whether a text is an address or a CIDR. */
export const isNetwork = (text: string): boolean => parseNetwork(text) !== null;

function parseNetwork(text: string): { readonly address: Address; readonly prefix: number } | null {
  const [, base = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = isIP(base) > 0 ? parseAddress(base) : null;
  if (!address) return null;
  const most = address.family === 'ipv4' ? 32 : 128;
  // An IPv4 address in IPv6 form has its bits after 96 others.
  const prefix = bits === undefined ? most : Number(bits) - (address.family === 'ipv4' && base.includes(':') ? 96 : 0);
  return prefix >= 0 && prefix <= most ? { address, prefix } : null;
}

/** Also with a port, in brackets or with a zone, as some proxies write them. */
function parseAddress(text: string): Address | null {
  const trimmed = text.trim();
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(trimmed) ?? [];
  const [, withPort] = /^([\d.]+):\d+$/.exec(trimmed) ?? [];
  const [plain = ''] = (bracketed ?? withPort ?? trimmed).split('%', 1);
  switch (isIP(plain)) {
    case 4:
      return { family: 'ipv4', text: plain, network: plain };
    case 6:
      return fromGroups(plain, groupsOf(plain));
    default:
      return null;
  }
}

function fromGroups(text: string, groups: readonly number[]): Address {
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (!isMapped)
    return {
      family: 'ipv6',
      text,
      network: `${groups
        .slice(0, 4)
        .map((group) => group.toString(16))
        .join(':')}::/64`,
    };
  const ipv4 = groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.');
  return { family: 'ipv4', text: ipv4, network: ipv4 };
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(text: string): readonly number[] {
  const dotted = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, a: string, b: string, c: string, d: string) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
  );
  const [left = [], right] = dotted.split('::').map((half) =>
    half
      .split(':')
      .filter(Boolean)
      .map((group) => Number.parseInt(group, 16)),
  );
  if (!right) return left;
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}
