// [DEF:lib/components/catalogue/news.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: Hears of syncs and applies that have ended on the environments that are shown. A list that is being read stays as it is.
// @RELATION READS_STATE -> lib/stores/activity.svelte.ts
// @RELATION READS_STATE -> lib/stores/session.svelte.ts
// @RELATION READS_STATE -> lib/components/catalogue/view.svelte.ts
// @RELATION DEPENDS_ON -> lib/api/shell.ts
// @RELATION DEPENDS_ON -> lib/stores/activity.svelte.ts

import type { ActivityMessage } from '#lib/api/shell.ts';
import { activity } from '#lib/stores/activity.svelte.ts';
import { session } from '#lib/stores/session.svelte.ts';
import type { HubView } from './view.svelte.ts';

type Heard = NonNullable<ActivityMessage['tasks']>[number];

const OPEN = ['queued', 'running', 'awaiting_input'];
const WRITES = ['apply', 'rollback'];

export class CatalogueNews {
	/** Environments whose catalogue is another one by now. */
	#changed = $state.raw<readonly string[]>([]);
	readonly #view: HubView;
	readonly #reload: () => Promise<unknown>;
	readonly #known: number[] = [];

	constructor(view: HubView, reload: () => Promise<unknown>) {
		this.#view = view;
		this.#reload = reload;
	}

	readonly changed = $derived.by(() => this.#changed.some((each) => this.#isShown(each)));

	/** Hears until the returned function is called. */
	start(): () => void {
		return activity.watch((tasks) => this.#hear(tasks));
	}

	async show(): Promise<void> {
		this.#changed = [];
		await this.#reload();
	}

	#isShown(slug: string): boolean {
		return slug === this.#view.slug || slug === this.#view.against;
	}

	#hear(tasks: Heard[]): void {
		const ended = tasks.filter((task) => changesCatalogue(task) && !this.#known.includes(task.id));
		if (!ended.length) return;
		this.#known.push(...ended.map(({ id }) => id));
		const { matrix, data } = this.#view;
		// A sync that was started here is followed by the rows themselves
		const others = ended.filter((task) => task.plugin !== 'catalogue' || !matrix.syncing.includes(task.environment!));
		this.#changed = [...this.#changed, ...others.map((task) => task.environment!)];
		const me = session.current?.user.username;
		const mine = others.some((task) => task.actor && task.actor === me && this.#isShown(task.environment!));
		// Nobody reads an empty list
		if (mine || (this.changed && data?.total === 0)) void this.show();
	}
}

/** A sync that brought something, and whatever has written, also where it failed half-way. */
function changesCatalogue(task: Heard): boolean {
	if (!task.environment || OPEN.includes(task.state)) return false;
	if (task.plugin === 'catalogue') return task.state === 'succeeded';
	return task.plugin === 'migrations' && WRITES.includes(task.action ?? '');
}
