// [DEF:lib/stores/drawer.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: Which tasks stand in the drawer's tabs, and whether it is open; a reload and a navigation change nothing.

const KEPT = 'lockstep.drawer';
const MOST = 12;

interface Kept {
	isOpen: boolean;
	tabs: number[];
	current: number | null;
	wide: boolean;
}

class Drawer {
	isOpen = $state(false);
	/** Numbers of tasks, in the order in which they were opened. */
	tabs = $state.raw<number[]>([]);
	current = $state<number | null>(null);
	#wide = $state(false);
	/** Had the focus before it opened, and gets it back. */
	#opener: HTMLElement | null = null;

	constructor() {
		const kept = read();
		if (!kept) return;
		this.tabs = kept.tabs;
		this.current = kept.current;
		this.isOpen = kept.isOpen;
		this.#wide = kept.wide;
	}

	/** It takes the whole width. */
	get wide(): boolean {
		return this.#wide;
	}

	set wide(wide: boolean) {
		this.#wide = wide;
		this.#keep();
	}

	/** Somebody has opened it: not the reload of a page. */
	get takesFocus(): boolean {
		return this.#opener !== null;
	}

	/** Opens it, at this task or where it was. */
	open(task?: number): void {
		if (!this.isOpen && document.activeElement instanceof HTMLElement) this.#opener = document.activeElement;
		if (task !== undefined) {
			if (!this.tabs.includes(task)) this.tabs = [...this.tabs, task].slice(-MOST);
			this.current = task;
		}
		this.isOpen = true;
		this.#keep();
	}

	close(): void {
		if (!this.isOpen) return;
		this.isOpen = false;
		this.#keep();
		if (this.#opener?.isConnected) this.#opener.focus();
		this.#opener = null;
	}

	toggle(): void {
		if (this.isOpen) this.close();
		else this.open();
	}

	/** The tab beside it becomes the current one; without a tab there is nothing to show. */
	closeTab(id: number): void {
		const at = this.tabs.indexOf(id);
		if (at < 0) return;
		this.tabs = this.tabs.filter((each) => each !== id);
		if (this.current === id) this.current = this.tabs[at] ?? this.tabs[at - 1] ?? null;
		if (this.tabs.length) this.#keep();
		else this.close();
	}

	#keep(): void {
		const kept: Kept = { isOpen: this.isOpen, tabs: this.tabs, current: this.current, wide: this.#wide };
		sessionStorage.setItem(KEPT, JSON.stringify(kept));
	}
}

/** What was kept, unless there is none or it is not what this release writes. */
function read(): Kept | null {
	try {
		const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') as Partial<Kept> | null;
		if (!Array.isArray(kept?.tabs) || !kept.tabs.every((each) => Number.isInteger(each))) return null;
		const current = kept.tabs.includes(kept.current ?? -1) ? kept.current! : (kept.tabs[0] ?? null);
		return { isOpen: kept.isOpen === true, tabs: kept.tabs, current, wide: kept.wide === true };
	} catch {
		return null;
	}
}

export const drawer = new Drawer();
