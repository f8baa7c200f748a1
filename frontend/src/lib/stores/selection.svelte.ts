// [DEF:lib/stores/selection.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: Which assets are ticked: for each environment and kind apart, whatever the filters show.

/* eslint-disable svelte/prefer-svelte-reactivity -- sets are replaced, never changed */

type Ticked = ReadonlySet<string>;

const NONE: Ticked = new Set();

export class SelectionStore {
	#ticked = $state.raw<Record<string, Ticked>>({});
	/** Where a range begins: the last one that was ticked alone, and whether that ticked or unticked it. */
	#anchors: Record<string, { uuid: string; on: boolean }> = {};

	/** `place` names an environment and a kind. */
	of(place: string): Ticked {
		return this.#ticked[place] ?? NONE;
	}

	toggle(place: string, uuid: string): void {
		const on = !this.of(place).has(uuid);
		this.#anchors[place] = { uuid, on };
		this.set(place, [uuid], on);
	}

	/** All from the last one ticked alone to this one, in the order that is shown, become as that one is. */
	extend(place: string, order: readonly string[], to: string): void {
		const anchor = this.#anchors[place];
		const from = anchor ? order.indexOf(anchor.uuid) : -1;
		const end = order.indexOf(to);
		if (!anchor || from < 0) this.toggle(place, to);
		else this.set(place, order.slice(Math.min(from, end), Math.max(from, end) + 1), anchor.on);
	}

	set(place: string, uuids: readonly string[], on: boolean): void {
		const before = [...this.of(place)];
		const gone: Ticked = new Set(on ? [] : uuids);
		const ticked = on ? [...before, ...uuids] : before.filter((uuid) => !gone.has(uuid));
		this.#ticked = { ...this.#ticked, [place]: new Set(ticked) };
	}

	clear(place: string): void {
		delete this.#anchors[place];
		this.#ticked = { ...this.#ticked, [place]: NONE };
	}
}

export const selection = new SelectionStore();
