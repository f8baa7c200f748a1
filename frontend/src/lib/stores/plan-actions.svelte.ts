// [DEF:lib/stores/plan-actions.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: What a person decides about a migration from the page of its plan, one action at a time.
// @RELATION DEPENDS_ON -> lib/components/plan/steps.ts
// @RELATION CALLS -> lib/api/plan.ts
// @RELATION DEPENDS_ON -> lib/stores/plan.svelte.ts
// @RELATION DEPENDS_ON -> lib/stores/drawer.svelte.ts
// @RELATION DEPENDS_ON -> lib/api/plan.ts

import { actions, keep, type Started } from '#lib/api/plan.ts';
import { type Problem, problemOf } from '#lib/api/problem.ts';
import type { Step } from '#lib/components/plan/steps.ts';
import { drawer } from './drawer.svelte.ts';
import type { PlanStore } from './plan.svelte.ts';

export type Deed = Step | 'withdraw' | 'comment' | 'dismiss' | 'restore' | 'keep';

export class PlanActions {
	busy = $state<Deed | null>(null);
	/** Why the last action was refused. */
	problem = $state.raw<Problem | null>(null);
	/** Goes with an approval, a rejection or a submission. */
	note = $state('');
	/** Why a freeze does not matter. */
	override = $state('');
	/** A rejection needs a reason. */
	lacking = $state(false);
	#store: PlanStore;

	constructor(store: PlanStore) {
		this.#store = store;
	}

	get #id(): number {
		return this.#store.source.migration!;
	}

	/** Of the plan on the screen: another one is refused by the server. */
	get #checksum(): string {
		return this.#store.view!.plan.checksum;
	}

	submit(): Promise<boolean> {
		return this.#decide('submit', () => actions.submit(this.#id, this.note.trim()));
	}

	approve(): Promise<boolean> {
		return this.#decide('approve', () => actions.approve(this.#id, this.#checksum, this.note.trim()));
	}

	async reject(): Promise<boolean> {
		this.lacking = !this.note.trim();
		if (this.lacking) return false;
		return this.#decide('reject', () => actions.reject(this.#id, this.#checksum, this.note.trim()));
	}

	withdraw(note: string): Promise<boolean> {
		return this.#decide('withdraw', () => actions.withdraw(this.#id, note));
	}

	comment(note: string): Promise<boolean> {
		return this.#decide('comment', () => actions.comment(this.#id, note));
	}

	dismiss(): Promise<boolean> {
		return this.#decide('dismiss', () => actions.dismiss(this.#id));
	}

	restore(): Promise<boolean> {
		return this.#decide('restore', () => actions.restore(this.#id));
	}

	apply(): Promise<boolean> {
		return this.#write('apply', () => actions.apply(this.#id, this.#checksum));
	}

	applyDespiteFreeze(): Promise<boolean> {
		return this.#write('override', () => actions.apply(this.#id, this.#checksum, this.override.trim()));
	}

	rollback(choice: { keep_changed?: boolean; force?: string } = {}): Promise<boolean> {
		return this.#write('rollback', () => actions.rollback(this.#id, choice));
	}

	/** Plans again with what was acknowledged before, and this. */
	acknowledge(name: string): Promise<boolean> {
		const before = this.#store.view!.plan.risks.flatMap((each) => (each.acknowledged && each.acknowledge) || []);
		return this.replan([...before.filter((each) => each !== name), name]);
	}

	/** What was acknowledged for the old plan does not count for the new one, unless it is said again. */
	replan(names: string[] = []): Promise<boolean> {
		const checksum = this.#checksum;
		return this.#start('replan', async () => {
			const started = await actions.replan(this.#id, names);
			this.#store.replanning = { checksum, task: started.id };
			return started;
		});
	}

	/** Makes a migration of a plan that was only made to compare. */
	keep(task: number): Promise<boolean> {
		return this.#start('keep', () => keep(task));
	}

	#write(deed: Deed, send: () => Promise<Started>): Promise<boolean> {
		return this.#start(deed, async () => {
			const started = await send();
			this.#store.writing = started.id;
			return started;
		});
	}

	async #start(deed: Deed, send: () => Promise<Started>): Promise<boolean> {
		return this.#do(deed, async () => drawer.open((await send()).id));
	}

	#decide(deed: Deed, send: () => Promise<unknown>): Promise<boolean> {
		return this.#do(deed, send);
	}

	async #do(deed: Deed, send: () => Promise<unknown>): Promise<boolean> {
		if (this.busy) return false;
		this.busy = deed;
		this.problem = null;
		this.lacking = false;
		try {
			await send();
			this.note = this.override = '';
			return true;
		} catch (error) {
			this.problem = problemOf(error);
			return false;
		} finally {
			// Also after a refusal: the page may be behind
			if (deed !== 'keep') await this.#store.overview.reload();
			this.busy = null;
		}
	}
}
