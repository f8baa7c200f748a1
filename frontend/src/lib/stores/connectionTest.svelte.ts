// [DEF:lib/stores/connectionTest.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: One test of an environment's connection: started, waited for, and what it found.
// @RELATION DEPENDS_ON -> lib/api/environments.ts

import { getTask, startCheck } from '#lib/api/environments.ts';
import { type Problem, problemOf } from '#lib/api/problem.ts';

const ENDED = new Set(['succeeded', 'failed', 'errored', 'cancelled', 'timed_out', 'lost']);
const PAUSE = 400;

export class ConnectionTest {
	state = $state<'idle' | 'running' | 'works' | 'broken'>('idle');
	task = $state<number | null>(null);
	/** What is wrong, as the server says it. */
	reason = $state('');
	/** The release of Superset that answered. */
	release = $state('');
	#wait: (milliseconds: number) => Promise<void>;

	constructor(wait = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds))) {
		this.#wait = wait;
	}

	async run(slug: string): Promise<void> {
		this.state = 'running';
		this.reason = this.release = '';
		try {
			let task = await startCheck(slug);
			this.task = task.id;
			while (!ENDED.has(task.state)) {
				await this.#wait(PAUSE);
				task = await getTask(task.id);
			}
			const error = task.error as { sentence?: string } | null;
			this.release = String((task.result as { release?: string } | null)?.release ?? '');
			this.reason = error?.sentence ?? '';
			this.state = task.state === 'succeeded' ? 'works' : 'broken';
		} catch (error) {
			const problem: Problem = problemOf(error);
			this.reason = problem.message;
			this.state = 'broken';
		}
	}
}
