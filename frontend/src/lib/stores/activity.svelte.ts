// [DEF:lib/stores/activity.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: What goes on: tasks with their numbers, decisions that wait for me, the environments, whether workers live.
// @RELATION DEPENDS_ON -> lib/api/shell.ts
// @RELATION DEPENDS_ON -> lib/api/socket.ts
// @RELATION DEPENDS_ON -> lib/stores/connection.svelte.ts

import { problemOf } from '#lib/api/problem.ts';
import { type Activity, type ActivityMessage, type ActivityTask, getActivity } from '#lib/api/shell.ts';
import { Socket, type SocketState } from '#lib/api/socket.ts';
import { connection } from './connection.svelte.ts';

const EVERY = 30_000;
/** While the server does not answer. */
const AGAIN = 5000;
/** A message is followed by the facts that it does not hold, but not each of a hundred by its own request. */
const SOON = 400;

type Heard = NonNullable<ActivityMessage['tasks']>[number];

class ActivityStore {
	data = $state.raw<Activity | null>(null);
	/** When the last answer came. */
	at = $state.raw<Date | null>(null);
	socket = $state<SocketState>('closed');
	#listeners: ((tasks: Heard[]) => void)[] = [];
	/** A socket was open; where a proxy forbids them, none ever is. */
	#heardOnce = false;
	#running: AbortController | null = null;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#soon: ReturnType<typeof setTimeout> | undefined;

	running = $derived(this.data?.running ?? 0);
	queued = $derived(this.data?.queued ?? 0);
	waiting = $derived(this.data?.waiting ?? 0);
	decisions = $derived(this.data?.decisions ?? 0);
	tasks = $derived(this.data?.tasks ?? []);
	environments = $derived(this.data?.environments ?? []);
	/** What has to be repaired before anything can run. */
	troubles = $derived(
		this.data ? (['worker', 'scheduler', 'storage'] as const).filter((each) => !this.data!.health[each].ok) : [],
	);

	/** Asks now and from then on; returns how to stop. */
	start(): () => void {
		const seen = () => document.visibilityState === 'visible' && void this.load();
		const socket = new Socket('/ws/activity/', {
			hello: () => undefined,
			message: (message) => this.hear(message as ActivityMessage),
			state: (state) => this.#heard(state),
		});
		document.addEventListener('visibilitychange', seen);
		addEventListener('online', seen);
		void this.load();
		return () => {
			socket.close();
			document.removeEventListener('visibilitychange', seen);
			removeEventListener('online', seen);
			clearTimeout(this.#timer);
			clearTimeout(this.#soon);
			this.#running?.abort();
			this.#running = null;
		};
	}

	/** Told which tasks are new or have changed their state, until the returned function is called. */
	watch(listener: (tasks: Heard[]) => void): () => void {
		this.#listeners.push(listener);
		return () => (this.#listeners = this.#listeners.filter((each) => each !== listener));
	}

	async load(): Promise<void> {
		this.#running?.abort();
		const running = (this.#running = new AbortController());
		clearTimeout(this.#timer);
		clearTimeout(this.#soon);
		try {
			const data = await getActivity(running.signal);
			if (running !== this.#running) return;
			this.data = data;
			this.at = new Date();
		} catch (error) {
			// A failure shows as the banner; what was loaded stays
			if (running !== this.#running || running.signal.aborted) return;
			problemOf(error);
		}
		this.#plan();
	}

	/** Numbers and tasks from the socket. What needs to know who I am comes with the next answer. */
	hear({ type, counts, tasks = [] }: ActivityMessage): void {
		if (type !== 'activity') return;
		this.#listeners.forEach((each) => each(tasks));
		if (!this.data) return;
		const changed = (known: ActivityTask) => {
			const now = tasks.find((each) => each.id === known.id);
			return now ? ({ ...known, ...now } as ActivityTask) : known;
		};
		this.data = {
			...this.data,
			running: counts?.running ?? 0,
			queued: counts?.queued ?? 0,
			tasks: this.data.tasks.map(changed),
		};
		clearTimeout(this.#soon);
		if (tasks.length) this.#soon = setTimeout(() => void this.load(), SOON);
	}

	#heard(state: SocketState): void {
		this.socket = state;
		if (state === 'open') this.#heardOnce = true;
		// A server that shuts down still answers for a moment: each failed attempt to come back asks again
		if (state === 'waiting' && this.#heardOnce && !connection.lost) void this.load();
	}

	#plan(): void {
		this.#timer = setTimeout(
			() => {
				if (document.visibilityState === 'visible') void this.load();
				else this.#plan();
			},
			connection.lost ? AGAIN : EVERY,
		);
	}
}

export const activity = new ActivityStore();
