/** `madang/engine/testing`: given, when, then for deciders. */
export type { Decided, Stamp } from './given.js';
export { COMMAND_ID, NOW, decideWith, deepFreeze, foldStream, given } from './given.js';
