/**
 * Maximum nesting of JSON from outside, far above that of any command or request. `JSON.parse` accepts any depth, but
 * code behind it recurses, `JSON.stringify` for one.
 */
export const MAX_DEPTH = 64;

export const nestsTooDeep = (value: unknown, levels = MAX_DEPTH): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => nestsTooDeep(inner, levels - 1)));
