import { targetOf } from './target.js';

test.each([
  ['http://127.0.0.1:4000', 'http://127.0.0.1:4000/graphql'],
  ['http://localhost:4000/', 'http://localhost:4000/graphql'],
  ['http://[::1]:4000/graphql', 'http://[::1]:4000/graphql'],
  ['http://127.1.2.3/chat/', 'http://127.1.2.3/chat/graphql'],
])('%s is this machine', (text, url) => {
  expect(targetOf(text, false)).toBe(url);
});

test.each([
  'https://chat.example',
  'http://192.168.1.5:4000',
  'http://localhost.example:4000',
  'http://127.0.0.1.example',
])('%s is refused, unless its operator says so', (text) => {
  expect(() => targetOf(text, false)).toThrow('--i-own-this-deployment');
  expect(targetOf(text, true)).toBe(`${new URL(text).href}graphql`);
});

test.each(['127.0.0.1:4000', 'ws://127.0.0.1:4000', 'nonsense'])('%s is no address', (text) => {
  expect(() => targetOf(text, true)).toThrow('an address such as http://127.0.0.1:4000');
});

test('a password in the address is refused', () => {
  expect(() => targetOf('http://a:b@127.0.0.1', true)).toThrow('would be seen');
});
