import { useTextsOf } from '../../../shared/text/text.js';
import { en } from './en.js';
import type { TextId } from './en.js';
import { ko } from './ko.js';

export const texts = { en, ko };
export type { TextId } from './en.js';

/** The texts of the user's language. */
export const useTexts = useTextsOf<TextId>;
