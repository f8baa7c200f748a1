// [DEF:lib/components/catalogue/keys.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: What a key means to the grid. Letters work on the whole page, the others where the grid has the focus.
// @RELATION DEPENDS_ON -> lib/stores/shortcuts.svelte.ts

import { m } from '#i18n/generated/messages.js';
import type { Shortcut } from '#lib/stores/shortcuts.svelte.ts';

export type Command =
	| 'next'
	| 'previous'
	| 'down'
	| 'up'
	| 'first'
	| 'last'
	| 'extendNext'
	| 'extendPrevious'
	| 'tick'
	| 'all'
	| 'open'
	| 'clear';

interface Key {
	keys: string;
	command: Command;
	label?: () => string;
	/** Only in a row. */
	inside?: boolean;
}

const KEYS: Key[] = [
	{ keys: 'j', command: 'next', label: m.catalogue_key_next },
	{ keys: 'k', command: 'previous', label: m.catalogue_key_previous },
	{ keys: 'x', command: 'tick', label: m.catalogue_key_tick },
	{ keys: 'Shift+j', command: 'extendNext', label: m.catalogue_key_extend_next, inside: true },
	{ keys: 'Shift+k', command: 'extendPrevious', label: m.catalogue_key_extend_previous, inside: true },
	{ keys: 'Ctrl+a', command: 'all', label: m.catalogue_key_all, inside: true },
	{ keys: 'Enter', command: 'open', label: m.catalogue_key_open, inside: true },
	{ keys: 'Escape', command: 'clear', label: m.catalogue_key_clear },
	{ keys: 'ArrowDown', command: 'next', inside: true },
	{ keys: 'ArrowUp', command: 'previous', inside: true },
	{ keys: 'Shift+ArrowDown', command: 'extendNext', inside: true },
	{ keys: 'Shift+ArrowUp', command: 'extendPrevious', inside: true },
	{ keys: 'PageDown', command: 'down', inside: true },
	{ keys: 'PageUp', command: 'up', inside: true },
	{ keys: 'Home', command: 'first', inside: true },
	{ keys: 'End', command: 'last', inside: true },
	{ keys: ' ', command: 'tick', inside: true },
];
const ROW = '[aria-rowindex]:not([aria-rowindex="1"])';

interface Grid {
	grid: () => HTMLElement | undefined;
	possible: (command: Command) => boolean;
	run: (command: Command) => void;
}

export function gridKeys({ grid, possible, run }: Grid): Shortcut[] {
	return KEYS.map(({ keys, command, label, inside }) => ({
		keys,
		label,
		when: (event) => (!inside || isInside(event, grid())) && possible(command),
		run: () => run(command),
	}));
}

function isInside(event: KeyboardEvent, grid: HTMLElement | undefined): boolean {
	const target = event.target;
	if (!(target instanceof Element) || !grid?.contains(target) || !target.closest(ROW)) return false;
	// Enter on a link, and Space on a box, mean what they always mean
	return !(target.matches('a, input, button') && (event.key === 'Enter' || event.key === ' '));
}
