// [DEF:lib/components/migrations/usage.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: Which databases of the source the chosen dashboards read.
// @RELATION DEPENDS_ON -> lib/api/migrations.ts

/* eslint-disable svelte/prefer-svelte-reactivity -- sets and maps are replaced, never changed */

import { databasesOf } from '#lib/api/migrations.ts';
import { problemOf } from '#lib/api/problem.ts';

/** For more dashboards all databases are shown: it would be a request for each. */
const MOST = 15;

export class Usage {
	/** Null while it is not known, or cannot be. */
	databases = $state.raw<ReadonlySet<string> | null>(null);
	#known: Record<string, string[] | null> = {};
	#running: AbortController | undefined;

	async ask(source: string, dashboards: readonly string[]): Promise<void> {
		this.#running?.abort();
		const { signal } = (this.#running = new AbortController());
		this.databases = null;
		if (!dashboards.length || dashboards.length > MOST) return;
		try {
			const found = await Promise.all(dashboards.map((uuid) => this.#of(source, uuid, signal)));
			if (signal.aborted) return;
			this.databases = found.some((each) => each === null) ? null : new Set(found.flatMap((each) => each ?? []));
		} catch (error) {
			// All databases are shown then
			if (!signal.aborted) problemOf(error);
		}
	}

	async #of(source: string, uuid: string, signal: AbortSignal): Promise<string[] | null> {
		const name = `${source} ${uuid}`;
		if (!(name in this.#known)) this.#known[name] = await databasesOf(source, uuid, signal);
		return this.#known[name]!;
	}
}
