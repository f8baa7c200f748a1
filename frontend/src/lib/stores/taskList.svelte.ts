// [DEF:lib/stores/taskList.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: A page of the list of tasks: states change in place, new tasks are counted and shown when asked for.
// @RELATION DEPENDS_ON -> lib/api/tasks.ts
// @RELATION DEPENDS_ON -> lib/stores/resource.svelte.ts

import { listTasks, type TaskPage, type TaskQuery, type TaskRow } from '#lib/api/tasks.ts';
import { Resource } from './resource.svelte.ts';

export class TaskListStore {
	readonly resource: Resource<TaskPage>;
	/** New tasks that the list does not show: a list that is being read does not move. */
	fresh = $state(0);
	#query: TaskQuery;
	#newest = 0;
	#seen: number[] = [];

	constructor(query: TaskQuery) {
		this.#query = query;
		this.resource = new Resource((signal) => listTasks(this.#query, signal));
	}

	async show(query: TaskQuery): Promise<void> {
		this.#query = query;
		await this.resource.reload();
		this.fresh = 0;
		this.#seen = [];
		this.#newest = Math.max(this.#newest, ...(this.resource.data?.results ?? []).map((each) => each.id));
	}

	/** What the server tells of tasks. */
	take(tasks: TaskRow[]): void {
		const page = this.resource.data;
		if (!page) return;
		const told = (id: number) => tasks.find((each) => each.id === id);
		if (page.results.some((each) => told(each.id))) {
			const results = page.results.map((each) => ({ ...each, ...told(each.id) }));
			this.resource.data = { ...page, results };
		}
		for (const { id } of tasks) if (id > this.#newest && !this.#seen.includes(id)) this.#seen.push(id);
		this.fresh = this.#seen.length;
		// Nobody reads an empty list
		if (this.fresh && !page.results.length) void this.show(this.#query);
	}
}
