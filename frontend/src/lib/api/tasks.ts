// [DEF:lib/api/tasks.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Tasks, their lines and their files, as the server has them.
// @RELATION DEPENDS_ON -> lib/api/client.ts

import { client, data, filled } from './client.ts';
import type { components } from './schema.ts';

type Schemas = components['schemas'];

export type TaskState = Schemas['TaskState'];
export type StageState = Schemas['StageState'];
export type TaskStage = Schemas['Stage'];
export type TaskRow = Schemas['Task'];
export type NextStep = Schemas['NextStep'];
export type TaskError = Schemas['Error'];
export type Pause = Schemas['Pause'];
export type Artifact = Schemas['Artifact'];
export type TaskDetail = Schemas['TaskDetail'];
export type LinePage = Schemas['Lines'];
export type LineCounts = Schemas['CountedLines'];
export type TaskPage = Schemas['PaginatedTaskList'];

export interface LineQuery {
	levels: string[];
	sources: string[];
	search: string;
}

/** What a run of a migration did to its target. */
export interface Written {
	written: number;
	open: number;
	/** Not known before the plan is counted. */
	left: number | null;
}

/** No line has a larger number. */
export const LAST_LINE = 2 ** 31 - 1;

const TASKS = '/api/v1/tasks';

export interface TaskQuery {
	state: string[];
	plugin: string;
	environment: string;
	actor: string;
	search: string;
	page: number;
}

export function listTasks({ state, ...query }: TaskQuery, signal?: AbortSignal): Promise<TaskPage> {
	const asked = { ...filled(query), state: state as TaskState[], page_size: 50 };
	return data(client.GET('/api/v1/tasks', { params: { query: asked }, signal }));
}

const at = (id: number) => ({ params: { path: { id } } });

export function getTask(id: number, signal?: AbortSignal): Promise<TaskDetail> {
	return data(client.GET('/api/v1/tasks/{id}', { ...at(id), signal }));
}

/** Lines before or after a number. `before` gives the nearest before it. */
export function getLines(
	id: number,
	query: LineQuery,
	place: { before?: number; after?: number; limit: number },
	signal?: AbortSignal,
): Promise<LinePage> {
	const params = { path: { id }, query: { ...place, ...filled(named(query)) } };
	return data(client.GET('/api/v1/tasks/{id}/lines', { params, signal }));
}

export function countLines(id: number, signal?: AbortSignal): Promise<LineCounts> {
	return data(client.GET('/api/v1/tasks/{id}/lines/count', { ...at(id), signal }));
}

/** The address of all chosen lines, as a file. */
export function linesFile(id: number, query: LineQuery): string {
	const params = new URLSearchParams();
	query.levels.forEach((each) => params.append('level', each));
	query.sources.forEach((each) => params.append('source', each));
	if (query.search) params.set('search', query.search);
	return `${TASKS}/${id}/lines/text${params.size ? `?${params}` : ''}`;
}

export function artifactFile(id: number, name: string): string {
	return `${TASKS}/${id}/artifacts/${name.split('/').map(encodeURIComponent).join('/')}`;
}

/** `retry` answers with the new task, the others with the same. */
export function control(id: number, action: 'cancel' | 'retry' | 'dismiss' | 'restore'): Promise<TaskDetail> {
	const verbs = {
		cancel: () => client.POST('/api/v1/tasks/{id}/cancel', at(id)),
		retry: () => client.POST('/api/v1/tasks/{id}/retry', at(id)),
		dismiss: () => client.POST('/api/v1/tasks/{id}/dismiss', at(id)),
		restore: () => client.POST('/api/v1/tasks/{id}/restore', at(id)),
	};
	return data<TaskDetail>(verbs[action]());
}

export function answerTask(id: number, answers: Record<string, string>): Promise<TaskDetail> {
	return data(client.POST('/api/v1/tasks/{id}/answer', { ...at(id), body: { answers } }));
}

/** What this task wrote for its migration; null if it is no run of it. */
export async function writtenBy(task: number, migration: number, signal?: AbortSignal): Promise<Written | null> {
	const params = { path: { id: migration }, query: { plan: false } };
	const { counts, runs } = await data(client.GET('/api/v1/migrations/{id}', { params, signal }));
	const run = runs.find((each) => each.task === task);
	if (!run) return null;
	const [written, open] = [run.written.length, run.open.length];
	const all = counts ? counts.create + counts.update + counts.remove : null;
	return { written, open, left: all === null ? null : Math.max(0, all - written - open) };
}

const ALL = 200;

export async function listPlugins(signal?: AbortSignal): Promise<{ slug: string; title: string }[]> {
	const { results } = await data(client.GET('/api/v1/plugins', { params: { query: { page_size: ALL } }, signal }));
	return results.map(({ slug, title }) => ({ slug, title }));
}

export async function listPlaces(signal?: AbortSignal): Promise<{ slug: string; title: string }[]> {
	const { results } = await data(client.GET('/api/v1/environments', { params: { query: { page_size: ALL } }, signal }));
	return results.map(({ slug, name }) => ({ slug, title: name }));
}

function named({ levels, sources, search }: LineQuery) {
	return { level: levels, source: sources, search };
}
