// [DEF:lib/stores/shortcuts.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: The keys of the page that is open, and what they do. The newest that was registered goes first.
// @RELATION DEPENDS_ON -> EXT:svelte

import { untrack } from 'svelte';

export interface Shortcut {
	/** `j`, `[`, `?`, `Enter`, `Escape`, `Ctrl+k` (Cmd on a Mac), `Shift+x`. */
	keys: string;
	/** What it does, for the list of keys; without it the key is not listed. */
	label?: () => string;
	run: (event: KeyboardEvent) => void;
	/** Whose it is; the page's if it is left out. While the focus is in the drawer, keys of the page do nothing. */
	group?: 'app' | 'page' | 'drawer';
	/** Also while somebody types. */
	always?: boolean;
	/** Whether it does something now; the event goes on if not. */
	when?: (event: KeyboardEvent) => boolean;
}

/** Widgets that have keys of their own. */
const OWN_KEYS = '[role="menu"], [role="listbox"], [role="combobox"], [role="dialog"], [role="alertdialog"]';
const DRAWER = '[data-drawer]';
const TYPED = 'textarea, select, [contenteditable=""], [contenteditable="true"], [role="textbox"]';
const PRESSED = new Set(['checkbox', 'radio', 'button', 'submit', 'reset', 'file']);
/** Where the characters lie on a keyboard that has others there, such as a Russian one. */
const PLACES: Record<string, string> = { '[': 'BracketLeft', ']': 'BracketRight', '/': 'Slash' };

class Shortcuts {
	list = $state.raw<Shortcut[]>([]);

	/** Returns how to take them back. */
	register(...added: Shortcut[]): () => void {
		this.list = [...this.list, ...added];
		return () => (this.list = this.list.filter((each) => !added.includes(each)));
	}

	/** The last goes first: the drawer's own where the focus is in it, and after all others where nothing has the focus. */
	#inOrder(target: EventTarget | null): Shortcut[] {
		const own = this.list.filter((each) => each.group === 'drawer');
		const others = this.list.filter((each) => each.group !== 'drawer');
		if (target instanceof Element && target.closest(DRAWER))
			return [...others.filter((each) => each.group === 'app'), ...own];
		const nowhere = !(target instanceof Element) || target === document.body || target === document.documentElement;
		return nowhere ? [...own, ...others] : others;
	}

	handle = (event: KeyboardEvent): void => {
		if (event.defaultPrevented || event.isComposing) return;
		const busy = isTyping(event.target);
		const fits = (each: Shortcut) =>
			(!busy || each.always) && matches(each.keys, event) && (each.when?.(event) ?? true);
		const found = this.#inOrder(event.target).findLast(fits);
		if (!found) return;
		event.preventDefault();
		found.run(event);
	};
}

export const shortcuts = new Shortcuts();

/** To be called while a component is made: the keys live as long as it. */
export function useShortcuts(...added: Shortcut[]): void {
	$effect.pre(() => untrack(() => shortcuts.register(...added)));
}

function isTyping(target: EventTarget | null): boolean {
	if (!(target instanceof Element)) return false;
	if (target instanceof HTMLInputElement) return !PRESSED.has(target.type) || !!target.closest(OWN_KEYS);
	return !!target.closest(`${TYPED}, ${OWN_KEYS}`);
}

function matches(keys: string, event: KeyboardEvent): boolean {
	const parts = keys.split('+');
	const key = parts.pop() || '+';
	const control = event.ctrlKey || event.metaKey;
	if (control !== parts.includes('Ctrl') || event.altKey) return false;
	const letter = /^[a-z]$/i.test(key);
	// A capital letter or a sign says by itself whether Shift belongs to it
	if ((letter || key.length > 1) && event.shiftKey !== parts.includes('Shift')) return false;
	if (event.key.toLowerCase() === key.toLowerCase()) return true;
	const foreign = event.key.length === 1 && event.key.charCodeAt(0) > 127;
	return foreign && event.code === (letter ? `Key${key.toUpperCase()}` : PLACES[key]);
}
