// [DEF:lib/components/ui/rows.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: J and K go from row to row of a table: to the link of each that is marked with `data-row`.
// @RELATION DEPENDS_ON -> lib/stores/shortcuts.svelte.ts

import { m } from '#i18n/generated/messages.js';
import type { Shortcut } from '#lib/stores/shortcuts.svelte.ts';

export function rowKeys(within: () => HTMLElement | undefined): Shortcut[] {
	function move(by: 1 | -1): void {
		const links = [...(within()?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
		const at = links.findIndex((each) => each.closest('tr, li')?.contains(document.activeElement));
		const to = at < 0 ? 0 : Math.max(0, Math.min(links.length - 1, at + by));
		links[to]?.focus();
	}
	return [
		{ keys: 'j', label: m.shell_key_next_row, run: () => move(1) },
		{ keys: 'k', label: m.shell_key_previous_row, run: () => move(-1) },
	];
}
