// [DEF:lib/stores/toasts.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: Short notes at the edge of the page: what was done, with its undo, and failures that belong to no field.
// @RELATION DEPENDS_ON -> lib/api/problem.ts

import { type Problem } from '#lib/api/problem.ts';

export interface Toast {
	id: number;
	kind: 'note' | 'failure';
	text: string;
	/** The request's id, for whoever reads the server's log. */
	request?: string;
	action?: { label: string; run: () => void };
}

const SHOWN = 6000;

class Toasts {
	list = $state<Toast[]>([]);
	#last = 0;

	note(text: string, action?: Toast['action']): void {
		const id = this.#add({ kind: 'note', text, action });
		setTimeout(() => this.close(id), SHOWN);
	}

	/** Stays until it is closed: nobody loses a failure by looking away. */
	failure(problem: Problem, action?: Toast['action']): void {
		this.#add({ kind: 'failure', text: problem.message, request: problem.request, action });
	}

	close(id: number): void {
		this.list = this.list.filter((each) => each.id !== id);
	}

	#add(toast: Omit<Toast, 'id'>): number {
		const id = ++this.#last;
		this.list = [...this.list.slice(-3), { id, ...toast }];
		return id;
	}
}

export const toasts = new Toasts();
