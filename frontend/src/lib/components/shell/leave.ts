// [DEF:lib/components/shell/leave.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Signs out; a failure to do so is told.
// @RELATION WRITES_STATE -> lib/stores/session.svelte.ts

import { problemOf } from '#lib/api/problem.ts';
import { session } from '#lib/stores/session.svelte.ts';
import { toasts } from '#lib/stores/toasts.svelte.ts';

export async function leave(): Promise<void> {
	try {
		await session.signOut();
	} catch (error) {
		toasts.failure(problemOf(error));
	}
}
