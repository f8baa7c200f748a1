// [DEF:lib/components/catalogue/begin.ts:Module]
// @COMPLEXITY: 3
// @PURPOSE: Begins what can be done with selected assets: a migration, a comparison, a sync.
// @RELATION DEPENDS_ON -> lib/stores/drawer.svelte.ts
// @RELATION DEPENDS_ON -> lib/api/catalogue.ts
// @RELATION WRITES_STATE -> lib/stores/handover.svelte.ts
// @RELATION WRITES_STATE -> lib/stores/drawer.svelte.ts

import { goto } from '$app/navigation';
import { startComparison } from '#lib/api/catalogue.ts';
import { problemOf } from '#lib/api/problem.ts';
import { drawer } from '#lib/stores/drawer.svelte.ts';
import { handover } from '#lib/stores/handover.svelte.ts';
import type { MatrixStore } from '#lib/stores/matrix.svelte.ts';
import { toasts } from '#lib/stores/toasts.svelte.ts';

/** More would make an address that servers refuse. */
const IN_ADDRESS = 40;

export async function beginMigration(source: string, target: string, uuids: string[]): Promise<void> {
	const search = new URLSearchParams({ source, target });
	if (uuids.length <= IN_ADDRESS) search.set('dashboards', uuids.join(','));
	handover.give({ source, target, uuids });
	await goto(`/migrations/new?${search.toString().replaceAll('%2C', ',')}`);
}

export async function beginComparison(source: string, target: string, uuids: string[]): Promise<void> {
	await reported(async () => {
		const task = await startComparison(source, target, uuids);
		drawer.open(task.id);
		await goto(`/compare/${task.id}`);
	});
}

export async function beginSync(matrix: MatrixStore, slug: string): Promise<void> {
	await reported(async () => drawer.open(await matrix.sync(slug)));
}

async function reported(act: () => Promise<void>): Promise<void> {
	try {
		await act();
	} catch (error) {
		toasts.failure(problemOf(error));
	}
}
