import type { ShownEvent } from '../../events/definitions.js';
import type { EventType } from '../../events/event.js';
import { ALL } from '../generated/shown-events.js';
import type { ShownAs } from './shown-event.js';

/** How subscribers see each event that they see. An event without an entry does not compile. */
const SHOWN = ALL satisfies { readonly [T in ShownEvent['type']]: ShownAs<T> };

/** Of an event that subscribers see. */
export const shownAs = (event: ShownEvent): ShownAs<EventType> => SHOWN[event.type] as unknown as ShownAs<EventType>;
