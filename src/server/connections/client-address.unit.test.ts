import { createClientAddresses, isNetwork } from './client-address.js';

const addresses = createClientAddresses(['10.0.0.0/8', '127.0.0.1', '2001:db8:ffff::/48', '::1']);
const direct = createClientAddresses([]);

describe('the client behind proxies', () => {
  test.each([
    ['without a proxy, the other end of the connection', '203.0.113.7', undefined, '203.0.113.7'],
    ['a forwarded address from no proxy is ignored', '203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['behind a proxy, the address that it saw', '10.1.2.3', '203.0.113.7', '203.0.113.7'],
    [
      'the rightmost that is no proxy, before any made up by the client',
      '10.1.2.3',
      '6.6.6.6, 203.0.113.7, 10.9.9.9',
      '203.0.113.7',
    ],
    ['a proxy in IPv6 form', '::ffff:10.1.2.3', '203.0.113.7', '203.0.113.7'],
    ['a proxy in IPv6 form, in hexadecimal', '::ffff:0a01:0203', '203.0.113.7', '203.0.113.7'],
    ['a proxy that sends no header', '10.1.2.3', undefined, '10.1.2.3'],
    ['proxies alone: the first of them', '127.0.0.1', '10.0.0.1,10.0.0.2', '10.0.0.1'],
    ['garbage behind a proxy counts for the proxy', '127.0.0.1', 'unknown', '127.0.0.1'],
    ['garbage on the left is never read', '127.0.0.1', '💥; DROP, 203.0.113.7', '203.0.113.7'],
    ['garbage on the right hides the entries to its left', '127.0.0.1', '203.0.113.7, _hidden', '127.0.0.1'],
    ['empty entries are passed', '127.0.0.1', '203.0.113.7, ,', '203.0.113.7'],
    ['a port behind IPv4', '127.0.0.1', '203.0.113.7:51234', '203.0.113.7'],
    ['a port behind IPv6', '127.0.0.1', '[2001:db8:1:2:3:4:5:6]:51234', '2001:db8:1:2::/64'],
    ['a zone', 'fe80::1%eth0', undefined, 'fe80:0:0:0::/64'],
    ['an address in IPv6 form counts as its IPv4', '::ffff:203.0.113.7', undefined, '203.0.113.7'],
    ['no address at all', undefined, '203.0.113.7', 'unknown'],
  ])('%s', (_what, peer, forwardedFor, client) => {
    expect(addresses.of(peer, forwardedFor)).toBe(client);
  });

  test('addresses of one /64 are one client, others are not', () => {
    const of = (peer: string): string => direct.of(peer);
    expect(of('2001:db8:1:2::1')).toBe(of('2001:0db8:0001:0002:ffff:ffff:ffff:ffff'));
    expect(of('2001:db8:1:2::1')).not.toBe(of('2001:db8:1:3::1'));
    expect(of('2001:db8::1')).toBe('2001:db8:0:0::/64');
    expect(of('64:ff9b::192.0.2.1')).toBe('64:ff9b:0:0::/64');
  });

  test('a header of the maximum length is read', () => {
    expect(addresses.of('127.0.0.1', `${'1.1.1.1,'.repeat(2_000)}203.0.113.7`)).toBe('203.0.113.7');
  });
});

test('only a configured address is a proxy', () => {
  expect(
    ['10.0.0.1', '::ffff:10.255.0.1', '2001:db8:ffff:1::9', '::1', '11.0.0.1', '2001:db8:fffe::1', undefined].map(
      (peer) => addresses.isProxy(peer),
    ),
  ).toEqual([true, true, true, true, false, false, false]);
  expect(direct.isProxy('127.0.0.1')).toBe(false);
});

test('networks are addresses and CIDRs', () => {
  for (const good of ['10.0.0.0/8', '10.0.0.1', '::1', 'fd00::/8', '::ffff:10.0.0.0/104', '0.0.0.0/0', '::/0'])
    expect([good, isNetwork(good)]).toEqual([good, true]);
  for (const bad of [
    '',
    '10.0.0.0/33',
    '10.0.0/8',
    'fd00::/129',
    'localhost',
    '10.0.0.0/',
    '::ffff:10.0.0.0/8',
    '1.2.3.4:80',
    '[::1]',
  ])
    expect([bad, isNetwork(bad)]).toEqual([bad, false]);
});

test('an IPv4 network in the form of IPv6 is that network', () => {
  const mapped = createClientAddresses(['::ffff:10.0.0.0/104']);
  expect([mapped.isProxy('10.200.0.1'), mapped.isProxy('11.0.0.1')]).toEqual([true, false]);
});
