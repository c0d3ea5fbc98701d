/** Lengths of a ready-made code, in Unicode code points. */
export const CODE_LENGTH = { min: 4, max: 128 } as const;

/** Controls, halves of surrogate pairs, code points without a meaning, and line breaks. */
const unprintable = /[\p{Control}\p{Surrogate}\p{Unassigned}\p{Private_Use}\p{Line_Separator}\p{Paragraph_Separator}]/u;
/** Two codes that differ in such a character look the same to a person who types them. */
const invisible = /[\p{Format}\p{Default_Ignorable_Code_Point}]/u;
/** The character that programs write in place of unreadable input. */
const replaced = '\uFFFD';

/** The reason why a text, trimmed, cannot be a ready-made code; null where it can. */
export function loadedCodeProblem(text: string): string | null {
  const length = text.length > 2 * CODE_LENGTH.max ? Infinity : Array.from(text).length;
  if (length < CODE_LENGTH.min) return `shorter than ${CODE_LENGTH.min} characters`;
  if (length > CODE_LENGTH.max) return `longer than ${CODE_LENGTH.max} characters`;
  if (unprintable.test(text)) return 'holds a control character or another one that cannot be printed';
  if (invisible.test(text)) return 'holds an invisible character';
  if (text.includes(replaced)) return 'holds U+FFFD: it was damaged when the file was made';
  return null;
}
