// [DEF:lib/stores/taskActivity.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: Tells those who ask which tasks are new or have changed their state, over one socket for all of them.
// @RELATION DEPENDS_ON -> lib/api/socket.ts

import { Socket } from '#lib/api/socket.ts';
import type { TaskRow } from '#lib/api/tasks.ts';

type Listener = (tasks: TaskRow[]) => void;

class TaskActivity {
	#listeners = new Set<Listener>();
	#socket: Socket | null = null;

	/** Until the returned function is called. */
	watch(listener: Listener): () => void {
		this.#listeners.add(listener);
		this.#socket ??= new Socket('/ws/activity/', {
			hello: () => undefined,
			message: (message) => {
				if (message.type === 'activity') this.#listeners.forEach((each) => each(message.tasks as TaskRow[]));
			},
		});
		return () => {
			this.#listeners.delete(listener);
			if (this.#listeners.size) return;
			this.#socket?.close();
			this.#socket = null;
		};
	}
}

export const taskActivity = new TaskActivity();
