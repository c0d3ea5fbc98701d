import { z } from 'zod';

// The formats of settings, each with a message for operators.

export const list = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
export const url = (...protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be a URL that begins with ${protocols.join('// or ')}//`,
    );
/**
 * An origin as a browser sends it: nothing after the port. Applications in a web view have schemes of their own, for
 * which `URL` gives no origin.
 */
const isOrigin = (value: string): boolean =>
  /^https?:/.test(value)
    ? URL.canParse(value) && new URL(value).origin === value
    : /^(?!(?:wss?|file):)[a-z][a-z0-9+.-]*:\/\/[a-z0-9._-]+(?::\d+)?$/.test(value);
export const origin = z.string().refine(isOrigin, 'must be origins such as https://app.example, separated by commas');
export const whole = (min: number, max: number) =>
  z.coerce
    .number({ error: 'must be a number' })
    .int('must be a whole number')
    .min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`);
export const onOff = z.enum(['on', 'off'], 'must be "on" or "off"').transform((text) => text === 'on');
