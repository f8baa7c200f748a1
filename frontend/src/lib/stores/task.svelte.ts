// [DEF:lib/stores/task.svelte.ts:Store]
// @COMPLEXITY: 4
// @PURPOSE: One task as it happens: its state, and a window of its lines that grows at both ends.
// @RELATION DEPENDS_ON -> lib/api/tasks.ts
// @RELATION DEPENDS_ON -> lib/api/socket.ts
// @PRE: `start` is called once before anything is shown, `stop` at the end.
// @POST: No line is missed and none is there twice, whatever the connection does: the socket goes on after the last
//   number that is known, and a number that is known is not taken again.
// @SIDE_EFFECT: Holds a socket open until the task has ended.

import { type Problem, problemOf } from '#lib/api/problem.ts';
import { Socket, type SocketState } from '#lib/api/socket.ts';
import { type TaskDetail, type LineCounts, type LinePage, type LineQuery } from '#lib/api/tasks.ts';
import { countLines, getLines, getTask, LAST_LINE } from '#lib/api/tasks.ts';
import type { Line } from '#lib/api/types.ts';

const PAGE = 500;
/** Counts are asked for again at most so often while lines come. */
const RECOUNT = 5000;
const ENDED = new Set(['succeeded', 'failed', 'errored', 'cancelled', 'timed_out', 'lost']);
/** Debug lines are hidden at first. */
export const SHOWN_AT_FIRST = ['info', 'warning', 'error'];

type Message = { type: string } & Record<string, unknown>;

export function hasEnded(state: string | undefined): boolean {
	return state !== undefined && ENDED.has(state);
}

export class TaskFeed {
	readonly id: number;
	task = $state.raw<TaskDetail | undefined>();
	/** Why there is nothing to show. */
	problem = $state.raw<Problem | undefined>();
	lines = $state.raw<Line[]>([]);
	counts = $state.raw<LineCounts | undefined>();
	query = $state.raw<LineQuery>({ levels: SHOWN_AT_FIRST, sources: [], search: '' });
	/** Of the socket; `closed` also when none is needed. */
	connection = $state<SocketState>('closed');
	/** The lines are being read anew: what is shown belongs to the question before. */
	reading = $state(true);
	/** The lines could not be read, while the task could. */
	linesProblem = $state.raw<Problem | undefined>();
	atStart = $state(true);
	atEnd = $state(true);
	/** The last change of `lines` was at the front. */
	prepended = $state(false);
	/** Counts the answers to new questions: lines of two of them have nothing to do with each other. */
	generation = $state(0);
	/** The line to begin at. */
	target = $state<number | null>(null);

	#last = 0;
	#run = new AbortController();
	#socket: Socket | null = null;
	#turning = false;
	#lines: Line[] = [];
	#change: Partial<TaskDetail> = {};
	#frame = 0;
	#counted = 0;
	#refreshed = 0;

	constructor(id: number) {
		this.id = id;
	}

	get ended(): boolean {
		return hasEnded(this.task?.state);
	}

	/** Reads the task and its lines: the last ones, or those around `line`, or around the one that says why it failed. */
	async start(line: number | null = null): Promise<void> {
		const { signal } = this.#restart();
		this.problem = undefined;
		if (line !== null) this.query = { ...this.query, levels: [] };
		try {
			const [task, page] = await Promise.all([getTask(this.id, signal), this.#pageAround(line, signal)]);
			if (signal.aborted) return;
			this.task = task;
			const failing = line ?? task.error?.line ?? null;
			const missing = failing !== null && line === null && page.lines[0] && page.lines[0].seq > failing;
			this.target = failing;
			this.#show(missing ? await this.#pageAround(failing, signal) : page, missing ? failing : line, signal);
		} catch (error) {
			if (!signal.aborted) this.problem = problemOf(error);
		}
	}

	stop(): void {
		this.#run.abort();
		cancelAnimationFrame(this.#frame);
		this.#frame = 0;
		this.#socket?.close();
		this.#socket = null;
	}

	/** Other lines of the same task. */
	async choose(change: Partial<LineQuery>, line: number | null = null): Promise<void> {
		this.query = { ...this.query, ...change };
		const { signal } = this.#restart();
		this.linesProblem = undefined;
		this.target = line;
		try {
			this.#show(await this.#pageAround(line, signal), line, signal);
		} catch (error) {
			if (signal.aborted) return;
			this.linesProblem = problemOf(error);
			this.reading = false;
		}
	}

	/** Lines before the first one that is here. */
	async older(): Promise<void> {
		const first = this.lines[0];
		if (this.atStart || !first) return;
		await this.#turn({ before: first.seq }, (page) => {
			this.prepended = true;
			this.lines = [...page.lines, ...this.lines];
			this.atStart = page.lines.length < PAGE;
		});
	}

	/** Lines after the last one that is here, where the window does not reach the end. */
	async newer(): Promise<void> {
		if (this.atEnd) return;
		await this.#turn({ after: this.#last }, (page) => {
			this.prepended = false;
			this.lines = [...this.lines, ...page.lines];
			this.#last = Math.max(this.#last, page.last);
			if (page.lines.length < PAGE) this.#reached(page);
		});
	}

	/** Reads the task again: what a message does not tell, such as a question or why it failed. */
	async refresh(): Promise<void> {
		const { signal } = this.#run;
		const turn = ++this.#refreshed;
		try {
			const task = await getTask(this.id, signal);
			// An older answer never replaces a newer one
			if (!signal.aborted && turn === this.#refreshed) this.task = task;
		} catch (error) {
			// What is shown stays, and the next message asks again
			if (!signal.aborted) problemOf(error);
		}
	}

	/** The newest answer about the task, such as that of an action. */
	accept(task: TaskDetail): void {
		this.task = task;
	}

	#restart(): AbortController {
		this.stop();
		this.#lines = [];
		this.#change = {};
		this.#turning = false;
		this.reading = true;
		this.connection = 'closed';
		return (this.#run = new AbortController());
	}

	#pageAround(line: number | null, signal: AbortSignal): Promise<LinePage> {
		const before = line === null ? LAST_LINE : Math.min(line + PAGE / 2, LAST_LINE);
		return getLines(this.id, this.query, { before, limit: PAGE }, signal);
	}

	#show(page: LinePage, line: number | null, signal: AbortSignal): void {
		if (signal.aborted) return;
		this.prepended = false;
		this.generation += 1;
		this.lines = page.lines;
		this.#last = page.lines.at(-1)?.seq ?? 0;
		this.atStart = page.lines.length < PAGE;
		this.atEnd = line === null;
		this.reading = false;
		void this.#count();
		if (this.atEnd) this.#reached(page);
		else {
			this.#connect();
			void this.newer();
		}
	}

	/** The window has the last line there was: from here on the socket brings the rest. */
	#reached(page: LinePage): void {
		this.atEnd = true;
		this.#connect(hasEnded(page.state));
		if (hasEnded(page.state) && !this.ended) void this.refresh();
	}

	async #turn(place: { before?: number; after?: number }, take: (page: LinePage) => void): Promise<void> {
		if (this.#turning) return;
		const { signal } = this.#run;
		this.#turning = true;
		try {
			const page = await getLines(this.id, this.query, { ...place, limit: PAGE }, signal);
			if (!signal.aborted) take(page);
		} catch (error) {
			if (!signal.aborted) problemOf(error);
		} finally {
			if (!signal.aborted) this.#turning = false;
		}
	}

	#connect(ended = this.ended): void {
		this.#socket?.close();
		this.#socket = null;
		if (ended) return;
		const { signal } = this.#run;
		const socket: Socket = new Socket(`/ws/tasks/${this.id}/`, {
			hello: () => ({
				after: this.atEnd ? this.#last : LAST_LINE,
				level: this.query.levels,
				source: this.query.sources,
			}),
			message: (message) => {
				if (this.#socket === socket) this.#take(message);
			},
			state: (state) => {
				// An attempt to come back is not yet a connection: it stays lost until it is open
				const again = state === 'connecting' && this.connection === 'waiting';
				if (!signal.aborted && !again) this.connection = state;
			},
		});
		this.#socket = socket;
	}

	#take(message: Message): void {
		if (message.type === 'task') this.#change = { ...this.#change, ...(message.task as Partial<TaskDetail>) };
		else if (message.type === 'lines' && this.atEnd) this.#takeLines(message.lines as Line[], message.last as number);
		else if (message.type === 'end') {
			this.#change = { ...this.#change, state: message.state as TaskDetail['state'] };
			void this.#count();
		} else return;
		this.#frame ||= requestAnimationFrame(() => this.#flush());
	}

	#takeLines(lines: Line[], last: number): void {
		const search = this.query.search.toLowerCase();
		for (const line of lines) {
			if (line.seq <= this.#last) continue;
			this.#last = line.seq;
			if (!search || line.text.toLowerCase().includes(search)) this.#lines.push(line);
		}
		this.#last = Math.max(this.#last, last);
	}

	/** All that came since the last frame, at once. */
	#flush(): void {
		this.#frame = 0;
		if (this.#lines.length) {
			this.prepended = false;
			this.lines = this.lines.concat(this.#lines);
			this.#lines = [];
			if (Date.now() - this.#counted > RECOUNT) void this.#count();
		}
		const change = this.#change;
		this.#change = {};
		if (!this.task || !Object.keys(change).length) return;
		const before = this.task.state;
		this.task = { ...this.task, ...change };
		if (this.task.state !== before) void this.refresh();
	}

	async #count(): Promise<void> {
		const { signal } = this.#run;
		this.#counted = Date.now();
		try {
			const counts = await countLines(this.id, signal);
			if (!signal.aborted) this.counts = counts;
		} catch (error) {
			// The old numbers stay: they are only beside the filters
			if (!signal.aborted) problemOf(error);
		}
	}
}
