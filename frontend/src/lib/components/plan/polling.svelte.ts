// [DEF:lib/components/plan/polling.svelte.ts:Module]
// @COMPLEXITY: 3
// @PURPOSE: Asks again for a plan while a task of its page moves.
// @RELATION DEPENDS_ON -> lib/api/plan.ts
// @RELATION DEPENDS_ON -> lib/stores/plan.svelte.ts

import { taskEnded } from '#lib/api/plan.ts';
import type { PlanStore } from '#lib/stores/plan.svelte.ts';

/** `pace` in ms. */
export function usePolling(store: PlanStore, pace: number): void {
	$effect(() => {
		if (!store.moving) return;
		const timer = setInterval(() => void ask(store), pace);
		return () => clearInterval(timer);
	});
}

async function ask(store: PlanStore): Promise<void> {
	if (document.hidden) return;
	const { replanning, writing } = store;
	const begun = replanning?.task ?? writing;
	const over = begun === null ? false : await taskEnded(begun).catch(() => false);
	await store.overview.reload();
	if (!over) return;
	if (store.replanning === replanning) store.replanning = null;
	if (store.writing === writing) store.writing = null;
}
