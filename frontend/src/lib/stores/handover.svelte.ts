// [DEF:lib/stores/handover.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: What one page selected for the next, where an address is too short for it; kept while the tab of the browser lives.

const KEPT = 'lockstep.handover';

export interface Handover {
	source: string;
	target: string;
	uuids: string[];
}

class HandoverStore {
	current = $state.raw<Handover | null>(read());

	give(handover: Handover): void {
		this.current = handover;
		sessionStorage.setItem(KEPT, JSON.stringify(handover));
	}

	/** What was selected on this source for this target. */
	for(source: string, target: string): string[] {
		const given = this.current;
		return given?.source === source && given.target === target ? given.uuids : [];
	}
}

function read(): Handover | null {
	try {
		const given = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') as Handover | null;
		return Array.isArray(given?.uuids) ? given : null;
	} catch {
		return null;
	}
}

export const handover = new HandoverStore();
