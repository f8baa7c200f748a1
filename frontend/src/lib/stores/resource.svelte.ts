// [DEF:lib/stores/resource.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: What a page asked of the server: loading, there, empty, failed; the old answer stays while a new one is fetched.
// @RELATION DEPENDS_ON -> lib/api/problem.ts

import { type Problem, problemOf } from '#lib/api/problem.ts';

export class Resource<T> {
	data = $state.raw<T | undefined>();
	problem = $state.raw<Problem | undefined>();
	loading = $state(false);
	#load: (signal: AbortSignal) => Promise<T>;
	#running: AbortController | undefined;

	constructor(load: (signal: AbortSignal) => Promise<T>) {
		this.#load = load;
	}

	/** `loading` only before the first answer: afterwards the page keeps what it shows. */
	get state(): 'loading' | 'failed' | 'ready' {
		return this.data !== undefined ? 'ready' : this.problem ? 'failed' : 'loading';
	}

	/** Asks again. The answer of an older question never replaces that of a newer one. */
	async reload(): Promise<void> {
		this.#running?.abort();
		const running = (this.#running = new AbortController());
		this.loading = true;
		try {
			const answer = await this.#load(running.signal);
			if (running !== this.#running) return;
			this.data = answer;
			this.problem = undefined;
		} catch (error) {
			if (running !== this.#running || running.signal.aborted) return;
			this.problem = problemOf(error);
		} finally {
			if (running === this.#running) this.loading = false;
		}
	}

	/** Another question now: what the old one brought is no answer to it. */
	reset(): void {
		this.#running?.abort();
		this.#running = undefined;
		this.data = this.problem = undefined;
		this.loading = false;
	}
}
