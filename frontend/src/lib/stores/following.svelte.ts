// [DEF:lib/stores/following.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: Keeps the page of a migration up to date with what others do: its tasks at once, their decisions within half a minute.
// @RELATION DEPENDS_ON -> lib/stores/activity.svelte.ts
// @RELATION DEPENDS_ON -> lib/stores/plan.svelte.ts
// @RELATION CALLS -> lib/api/plan.ts
// @RELATION DEPENDS_ON -> lib/api/plan.ts

import { untrack } from 'svelte';
import { headOf } from '#lib/api/plan.ts';
import { activity } from './activity.svelte.ts';
import type { PlanStore } from './plan.svelte.ts';

/** A task that starts and ends at once is one reason to ask, not several. */
const SOON = 300;

/** To be called once while the page is made. */
export function useFollowing(store: PlanStore): void {
	const id = store.source.migration;
	if (id === null) return;
	let timer: ReturnType<typeof setTimeout> | undefined;
	const soon = () => {
		clearTimeout(timer);
		timer = setTimeout(() => void store.follow(), SOON);
	};

	$effect(() => {
		const stop = activity.watch((tasks) => {
			const known = untrack(() => activity.tasks);
			const ours = tasks.some(
				(task) => (task.migration ?? known.find((each) => each.id === task.id)?.migration) === id,
			);
			if (ours) soon();
		});
		return () => {
			stop();
			clearTimeout(timer);
		};
	});

	// Decisions are no tasks: each answer about what goes on is a reason to look whether there is one
	let heard = untrack(() => activity.at);
	$effect(() => {
		if (activity.at === heard) return;
		heard = activity.at;
		untrack(() => void look(store, id));
	});
}

async function look(store: PlanStore, id: number): Promise<void> {
	const shown = store.view?.migration;
	if (!shown || store.overview.loading || store.moving) return;
	const now = await headOf(id).catch(() => null);
	if (!now || !store.view?.migration) return;
	const said = ({ status, decisions, approvals, task }: typeof now) =>
		JSON.stringify([status, decisions.length, approvals, task]);
	if (said(now) !== said(store.view.migration)) await store.follow();
}
