// [DEF:lib/components/plan/keys.svelte.ts:Module]
// @COMPLEXITY: 3
// @PURPOSE: The keys of the page of a plan.
// @RELATION DEPENDS_ON -> lib/stores/plan.svelte.ts
// @RELATION DEPENDS_ON -> lib/stores/shortcuts.svelte.ts

import { m } from '#i18n/generated/messages.js';
import type { PlanStore } from '#lib/stores/plan.svelte.ts';
import { useShortcuts } from '#lib/stores/shortcuts.svelte.ts';

export function usePlanKeys(store: PlanStore, page: { step: (by: 1 | -1) => void; search: () => void }): void {
	useShortcuts(
		{ keys: 'j', label: m.plan_key_next, run: () => page.step(1) },
		{ keys: 'k', label: m.plan_key_previous, run: () => page.step(-1) },
		{ keys: 'r', label: m.plan_key_raw, run: () => store.show({ raw: !store.query.raw }) },
		{ keys: '/', label: m.plan_key_search, run: page.search },
	);
	// Marks belong to migrations
	if (!store.source.mark) return;
	useShortcuts(
		{ keys: 'v', label: m.plan_key_seen, run: () => markCurrent(store) },
		{ keys: 'u', label: m.plan_key_unseen, run: () => store.show({ unseen: !store.query.unseen, about: '' }) },
	);
}

function markCurrent(store: PlanStore): void {
	if (store.current) void store.mark(store.current, !store.isSeen(store.current));
}
