// Tasks as the API has them.

import type { TaskDetail, TaskRow } from '#lib/api/tasks.ts';
import type { Line } from '#lib/api/types.ts';

const YES = { allowed: true, reason: '', who: [] };
const no = (reason: string, who: string[] = []) => ({ allowed: false, reason, who });

export function row(change: Partial<TaskRow> = {}): TaskRow {
	return {
		id: 41,
		plugin: 'migrations',
		action: 'apply',
		title: 'Apply migration 11 to prod',
		migration: 11,
		environment: 'prod',
		environment_name: 'prod',
		state: 'running',
		actor: 'ada',
		priority: 0,
		created: '2026-11-29T22:17:20Z',
		started: '2026-11-29T22:17:20Z',
		finished: null,
		attempts: 1,
		allowed_actions: {
			cancel: YES,
			retry: no('Task 41 has not ended: it is running.'),
			answer: no('Task 41 has no open question.'),
			dismiss: no('There is no failure to dismiss.'),
		},
		...change,
	};
}

export function task(change: Partial<TaskDetail> = {}): TaskDetail {
	return {
		...row(),
		host: 'worker-1',
		pid: 4711,
		heartbeat: null,
		cancel_requested: null,
		retry_of: null,
		retries: [],
		needs: [],
		waiting_reason: '',
		params: { migration: 11 },
		stages: [
			stage('preflight', 'Preflight', 1, 'done', '58 assets of prod read, none changed since the plan'),
			stage('snapshot', 'Snapshot', 2, 'done', '13 assets kept as they are now'),
			stage('import', 'Import', 3, 'running', 'charts, request 3 of 4'),
			stage('repair', 'Repair', 4, 'waiting', ''),
			stage('access', 'Access', 5, 'waiting', ''),
			stage('verify', 'Verify', 6, 'waiting', ''),
		],
		progress: { stage: 'import', done: 62, total: 100 },
		result: null,
		error: null,
		artifacts: [],
		pause: null,
		dismissed: null,
		dismissed_by: null,
		...change,
	};
}

function stage(
	name: string,
	label: string,
	number: number,
	state: 'done' | 'running' | 'waiting' | 'failed' | 'skipped',
	note: string,
) {
	const started = ['done', 'running', 'failed'].includes(state) ? '2026-11-29T22:17:20Z' : null;
	const finished = state === 'done' ? '2026-11-29T22:17:21.6Z' : null;
	return { name, label, number, total: 6, state, started, finished, note };
}

export function failed(change: Partial<TaskDetail> = {}): TaskDetail {
	return task({
		id: 40,
		title: 'Apply migration 10 to prod',
		migration: 10,
		state: 'failed',
		finished: '2026-11-29T22:18:59Z',
		progress: null,
		stages: [
			stage('preflight', 'Preflight', 1, 'done', '132 assets of prod read'),
			stage('import', 'Import', 2, 'failed', 'prod answered 502'),
			stage('verify', 'Verify', 3, 'skipped', 'not reached'),
		],
		error: {
			kind: 'server',
			context: {},
			sentence: 'prod answered 502 Bad Gateway to request 3 of 4',
			line: 38,
			next_steps: [
				{
					text: 'The proxy before Superset got no answer for 30 s, three times in a row.',
					action: null,
					migration: null,
				},
				{ text: 'Plan the rest against prod as it is now. Needs a new approval.', action: 'replan', migration: 10 },
				{ text: 'Restore the written assets from the snapshot.', action: 'rollback', migration: 10 },
				{ text: 'Retry the task.', action: 'retry', migration: null },
			],
		},
		allowed_actions: {
			cancel: no('Task 40 has ended: it failed.'),
			retry: YES,
			answer: no('Task 40 has no open question.'),
			dismiss: YES,
			restore: no('It is not dismissed.'),
		},
		...change,
	});
}

export function asking(change: Partial<TaskDetail> = {}): TaskDetail {
	const choices = [
		{ value: 'u-warehouse', label: 'warehouse', note: '35 %, other engine' },
		{ value: 'u-analytics', label: 'analytics_prod', note: '96 %, same engine' },
	];
	return task({
		id: 43,
		action: 'plan',
		title: 'Plan migration 13, dev to prod',
		migration: 13,
		state: 'awaiting_input',
		progress: null,
		stages: [
			stage('read', 'Read dev', 1, 'done', '8 dashboards, 132 assets exported'),
			stage('map', 'Map', 2, 'waiting', ''),
			stage('compare', 'Compare', 3, 'waiting', ''),
		],
		pause: {
			stage: 'map',
			asked: '2026-11-29T22:19:01Z',
			expires: '2026-11-30T22:19:01Z',
			questions: [
				{
					name: 'examples',
					title: 'Which database of prod is “examples”?',
					kind: 'mapping',
					choices,
					help: 'It is kept as the mapping of dev to prod.',
					required: true,
					suggested: '',
				},
				{
					name: 'analytics_dev',
					title: 'Which database of prod is “analytics_dev”?',
					kind: 'mapping',
					choices: [...choices].reverse(),
					help: 'It is kept as the mapping of dev to prod.',
					required: true,
					suggested: 'u-analytics',
				},
			],
		},
		allowed_actions: { cancel: YES, retry: no('It has not ended.'), answer: YES, dismiss: no('There is no failure.') },
		...change,
	});
}

export function lines(from: number, to: number, change: Partial<Line> = {}): Line[] {
	return Array.from({ length: to - from + 1 }, (_, at) => line(from + at, change));
}

export function line(seq: number, change: Partial<Line> = {}): Line {
	const at = new Date(Date.UTC(2026, 10, 29, 22, 17, 20 + seq)).toISOString();
	return { seq, at, level: 'info', source: 'apply', text: `Line number ${seq}`, facts: {}, ...change };
}
