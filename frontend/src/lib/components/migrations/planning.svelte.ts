// [DEF:lib/components/migrations/planning.svelte.ts:Store]
// @COMPLEXITY: 4
// @PURPOSE: The task that plans a new migration: started, followed to its end, and what it said.
// @RELATION CALLS -> lib/api/migrations.ts
// @RELATION DEPENDS_ON -> lib/api/problem.ts
// @PRE: `stop` is called when the page goes.
// @POST: The same is never planned twice at once: where it is planned already, that task is followed.
// @SIDE_EFFECT: Starts a task; asks for it until it has ended.

import { getPlanning, type Planned, planMigration, type PlanRequest } from '#lib/api/migrations.ts';
import { type Problem, problemOf } from '#lib/api/problem.ts';

/** Why a plan refused itself, one for each asset. */
export interface Refusal {
	kind: string;
	asset: string;
	text: string;
	/** The name to plan again with; not all can be acknowledged. */
	acknowledge?: string;
}

export type Place = 'dashboards' | 'databases' | 'options';
export type PlanningState = 'idle' | 'starting' | 'running' | 'asking' | 'nothing' | 'done' | 'refused' | 'failed';

const OF_DATABASES = new Set(['database_unmapped', 'database_takeover', 'mapping_target_missing']);
const PAUSE = 700;
const MOVES = new Set(['queued', 'running']);

export function placeOf(refusal: Refusal): Place {
	if (OF_DATABASES.has(refusal.kind)) return 'databases';
	return refusal.kind === 'too_many_changes' ? 'options' : 'dashboards';
}

export class Planning {
	task = $state.raw<Planned | null>(null);
	/** Why it was not started. */
	problem = $state.raw<Problem | null>(null);
	#starting = $state(false);
	#turn = 0;
	#wait: (milliseconds: number) => Promise<void>;

	constructor(wait = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds))) {
		this.#wait = wait;
	}

	/** Of the migration that keeps the plan; null where the plan changes nothing. */
	get migration(): number | null {
		const found = this.task?.result?.migration;
		return typeof found === 'number' ? found : null;
	}

	get refusals(): Refusal[] {
		if (this.task?.state !== 'failed') return [];
		const context = this.task.error?.context as { reasons?: Refusal[] } | undefined;
		return context?.reasons ?? [];
	}

	get state(): PlanningState {
		if (this.#starting) return 'starting';
		const { task } = this;
		if (!task) return this.problem ? 'failed' : 'idle';
		if (MOVES.has(task.state)) return 'running';
		if (task.state === 'awaiting_input') return 'asking';
		if (task.state === 'succeeded') return this.migration === null ? 'nothing' : 'done';
		return this.refusals.length ? 'refused' : 'failed';
	}

	get busy(): boolean {
		return this.state === 'starting' || this.state === 'running' || this.state === 'asking';
	}

	/** Returns the number of the task, or null if it was refused. */
	async start(request: PlanRequest): Promise<number | null> {
		if (this.busy) return null;
		this.reset();
		this.#starting = true;
		try {
			this.task = await planMigration(request);
		} catch (error) {
			const problem = problemOf(error);
			const same = problem.status === 409 ? problem.extra.task : undefined;
			if (typeof same === 'number') return same;
			this.problem = problem;
			return null;
		} finally {
			this.#starting = false;
		}
		return this.task.id;
	}

	/** Until it has ended; returns the migration if there is one. What is not answered is asked for again. */
	async follow(id: number): Promise<number | null> {
		const turn = ++this.#turn;
		const gone = () => turn !== this.#turn;
		if (this.task?.id !== id) this.task = null;
		for (;;) {
			try {
				const task = await getPlanning(id);
				if (gone()) return null;
				this.task = task;
				this.problem = null;
			} catch (error) {
				const problem = problemOf(error);
				if (gone()) return null;
				if (!problem.offline) {
					this.problem = problem;
					return null;
				}
			}
			if (this.task && !this.busy) return this.migration;
			await this.#wait(PAUSE);
			if (gone()) return null;
		}
	}

	reset(): void {
		this.stop();
		this.task = null;
		this.problem = null;
	}

	stop(): void {
		this.#turn += 1;
	}
}
