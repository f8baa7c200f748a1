// [DEF:lib/components/migrations/list.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: The migrations that were asked for. While somebody reads them they are kept up to date where they stand; what is new waits until it is asked for.
// @RELATION DEPENDS_ON -> lib/api/migrations.ts
// @RELATION DEPENDS_ON -> lib/stores/resource.svelte.ts

/* eslint-disable svelte/prefer-svelte-reactivity -- sets and maps are replaced, never changed */

import { countMigrations, listMigrations, type MigrationPage, type MigrationQuery } from '#lib/api/migrations.ts';
import type { MigrationRow } from '#lib/api/migrations.ts';
import { Resource } from '#lib/stores/resource.svelte.ts';

export class MigrationList {
	readonly page = new Resource<MigrationPage>((signal) => listMigrations(this.#query, signal));
	readonly counts = new Resource(async (signal) => {
		const asked = (['me', 'mine', 'all'] as const).map((each) => countMigrations(each, signal));
		const [me = 0, mine = 0, all = 0] = await Promise.all(asked);
		return { me, mine, all };
	});
	#query: Partial<MigrationQuery> = {};
	/** The numbers that are shown, in their order. */
	#shown = $state.raw<number[]>([]);
	#last = $state.raw<Record<number, MigrationRow>>({});

	/** As they stand, each with its newest facts. */
	readonly rows = $derived.by(() => {
		const now = new Map((this.page.data?.results ?? []).map((row) => [row.id, row]));
		return this.#shown.flatMap((id) => now.get(id) ?? this.#last[id] ?? []);
	});
	/** How many came since. */
	readonly fresh = $derived((this.page.data?.results ?? []).filter(({ id }) => !this.#shown.includes(id)).length);

	/** Another question: the old answer goes when the new one is there. */
	async ask(query: Partial<MigrationQuery>): Promise<void> {
		this.#query = query;
		await this.page.reload();
		if (this.#query === query) this.show();
	}

	/** The same again, behind what is read. */
	async refresh(): Promise<void> {
		await this.page.reload();
		if (!this.#shown.length) this.show();
	}

	/** Everything as the server has it. */
	show(): void {
		const rows = this.page.data?.results ?? [];
		this.#shown = rows.map(({ id }) => id);
		this.#last = Object.fromEntries(rows.map((row) => [row.id, row]));
	}
}
