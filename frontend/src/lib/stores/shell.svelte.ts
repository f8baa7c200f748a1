// [DEF:lib/stores/shell.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: What stands around a page: its title and where it belongs, the sidebar, the palette.
// @RELATION DEPENDS_ON -> EXT:svelte

import { untrack } from 'svelte';

export interface Crumb {
	label: string;
	href?: string;
}

export interface PageFacts {
	/** Of the window and of the last crumb. */
	title: string;
	/** The way to it, the page itself left out. */
	crumbs?: Crumb[];
}

const COLLAPSED = 'lockstep.sidebar';

class Shell {
	/** What the open page said of itself; null until it did. */
	page = $state.raw<PageFacts | null>(null);
	/** The sidebar shows only icons. */
	collapsed = $state(localStorage.getItem(COLLAPSED) === 'collapsed');
	/** On narrow screens the sidebar lies over the page. */
	menu = $state(false);
	palette = $state(false);
	keys = $state(false);

	collapse(collapsed = !this.collapsed): void {
		this.collapsed = collapsed;
		localStorage.setItem(COLLAPSED, collapsed ? 'collapsed' : 'wide');
	}
}

export const shell = new Shell();

/** To be called once while a page is made: title and crumbs, which may change. */
export function describePage(facts: () => PageFacts): void {
	$effect.pre(() => {
		const mine = facts();
		shell.page = mine;
		return () => {
			if (untrack(() => shell.page) === mine) shell.page = null;
		};
	});
}
