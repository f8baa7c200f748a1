// [DEF:lib/stores/matrix.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: All assets of one kind over the environments. What was read before is shown at once and read again behind it.
// @RELATION DEPENDS_ON -> lib/api/catalogue.ts
// @RELATION DEPENDS_ON -> lib/api/problem.ts
// @RELATION DEPENDS_ON -> lib/stores/resource.svelte.ts

import {
	type EnvironmentBrief,
	getMatrix,
	getTask,
	type Kind,
	listEnvironments,
	type Matrix,
	startSync,
} from '#lib/api/catalogue.ts';
import { type Problem, problemOf } from '#lib/api/problem.ts';
import { Resource } from '#lib/stores/resource.svelte.ts';

const POLL = 2000;
const PATIENCE = 5;

export class MatrixStore {
	/** The environment whose rows are shown. */
	slug = $state('');
	data = $state.raw<Matrix | undefined>();
	problem = $state.raw<Problem | undefined>();
	/** Asks for the first time, or again. */
	loading = $state(false);
	/** Environments that a sync was started for here and that has not ended. */
	syncing = $state.raw<readonly string[]>([]);
	/** How far each list was scrolled. */
	readonly scrolled: Record<string, number> = {};
	readonly kind: Kind;
	#kept: Record<string, Matrix> = {};
	#running: AbortController | undefined;

	constructor(kind: Kind) {
		this.kind = kind;
	}

	/** Not all rows are there yet. */
	get partial(): boolean {
		return this.data !== undefined && this.data.rows.length < this.data.total;
	}

	open(slug: string): Promise<void> {
		if (slug !== this.slug) {
			this.slug = slug;
			this.data = this.#kept[slug];
			this.problem = undefined;
		}
		return this.reload();
	}

	async reload(): Promise<void> {
		this.#running?.abort();
		const running = (this.#running = new AbortController());
		this.loading = true;
		try {
			await this.#read(this.slug, running);
			if (running === this.#running) this.problem = undefined;
		} catch (error) {
			if (running !== this.#running || running.signal.aborted) return;
			this.problem = problemOf(error);
		} finally {
			if (running === this.#running) this.loading = false;
		}
	}

	/** The first thousand are shown while the others are read; where all were shown before, they stay until all are new. */
	async #read(slug: string, running: AbortController): Promise<void> {
		const first = this.data === undefined;
		let whole = await getMatrix(slug, this.kind, 0, running.signal);
		const show = () => {
			if (running !== this.#running) return;
			this.data = whole;
			this.#kept[slug] = whole;
		};
		if (first) show();
		while (whole.rows.length < whole.total && running === this.#running) {
			const { rows } = await getMatrix(slug, this.kind, whole.rows.length, running.signal);
			if (rows.length === 0) break;
			whole = { ...whole, rows: [...whole.rows, ...rows] };
			if (first) show();
		}
		show();
	}

	/** Starts a sync and returns its task; the rows are read again when it has ended. */
	async sync(slug: string): Promise<number> {
		const task = await startSync(slug);
		this.syncing = [...this.syncing, slug];
		void this.#follow(slug, task.id);
		return task.id;
	}

	async #follow(slug: string, task: number): Promise<void> {
		for (let misses = 0; misses < PATIENCE;) {
			await new Promise((resolve) => setTimeout(resolve, POLL));
			try {
				if ((await getTask(task)).finished) break;
				misses = 0;
			} catch (error) {
				problemOf(error);
				misses += 1;
			}
		}
		this.syncing = this.syncing.filter((each) => each !== slug);
		await Promise.all([environments.reload(), slug === this.slug ? this.reload() : undefined]);
	}
}

const stores: Record<Kind, MatrixStore> = {
	dashboard: new MatrixStore('dashboard'),
	chart: new MatrixStore('chart'),
	dataset: new MatrixStore('dataset'),
};

/** One for each kind, so that coming back shows what was there. */
export function matrixOf(kind: Kind): MatrixStore {
	return stores[kind];
}

export const environments = new Resource<EnvironmentBrief[]>(async (signal) =>
	(await listEnvironments(signal)).filter((each) => each.enabled),
);
