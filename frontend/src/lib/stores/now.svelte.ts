// [DEF:lib/stores/now.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: The present, which moves every half minute, so that “4 min ago” does not stand still.

class Now {
	current = $state(Date.now());

	constructor() {
		setInterval(() => (this.current = Date.now()), 30_000);
	}
}

export const now = new Now();
