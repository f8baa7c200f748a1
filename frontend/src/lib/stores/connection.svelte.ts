// [DEF:lib/stores/connection.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: Whether the server answers, and since when it does not.
// @RELATION DEPENDS_ON -> lib/api/client.ts

import { hooks } from '#lib/api/client.ts';

class Connection {
	/** When the last answer failed to come; null while answers come. */
	lost = $state<Date | null>(null);
	/** It was lost and is back: shown for a moment. */
	back = $state(false);

	constructor() {
		hooks.reachable = (yes) => this.note(yes);
	}

	note(reachable: boolean): void {
		if (!reachable) {
			this.lost ??= new Date();
			this.back = false;
		} else if (this.lost) {
			this.lost = null;
			this.back = true;
			setTimeout(() => (this.back = false), 4000);
		}
	}
}

export const connection = new Connection();
