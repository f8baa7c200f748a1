// [DEF:lib/components/tasks/rail.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: The stages of a task as the rail shows them.
// @RELATION DEPENDS_ON -> lib/api/tasks.ts

import { m } from '#i18n/generated/messages.js';
import type { TaskDetail, TaskStage } from '#lib/api/tasks.ts';
import { hasEnded } from '#lib/stores/task.svelte.ts';
import { number } from '#lib/text/format.ts';

export type RailState = 'waiting' | 'running' | 'asking' | 'done' | 'failed' | 'stopped' | 'skipped';

export interface RailStage {
	name: string;
	label: string;
	note: string;
	state: RailState;
	/** The state in words, for who does not see the icon. */
	word: string;
	started: string | null;
	finished: string | null;
	/** Of what it has to do; null where it does not tell. */
	percent: number | null;
}

export interface Rail {
	stages: RailStage[];
	/** The stage that is at work, asks or failed; empty if there is none. */
	current: string;
}

export function railOf(task: TaskDetail): Rail {
	const asking = task.state === 'awaiting_input' ? (task.pause?.stage ?? '') : '';
	const stages = task.stages.map((stage) => railStage(task, stage, asking));
	const current = stages.find((each) => ['running', 'asking', 'failed', 'stopped'].includes(each.state))?.name ?? '';
	return { stages, current };
}

function railStage(task: TaskDetail, stage: TaskStage, asking: string): RailStage {
	const state = stateOf(task, stage, asking);
	const stopped = state === 'failed' || state === 'stopped';
	const progress = state === 'running' && task.progress?.total ? task.progress : null;
	const note =
		state === 'asking'
			? m.tasks_waits_for_answer()
			: stage.note ||
				(progress ? m.tasks_progress({ done: number(progress.done), total: number(progress.total) }) : '');
	return {
		name: stage.name,
		label: stage.label ?? stage.name,
		// The failure stands below, in full
		note: stopped ? '' : note,
		state,
		word: wordOf(state),
		started: stage.started,
		finished: stage.finished ?? (stopped ? task.finished : null),
		percent: progress ? Math.min(100, Math.round((100 * progress.done) / progress.total)) : null,
	};
}

function stateOf(task: TaskDetail, stage: TaskStage, asking: string): RailState {
	if (stage.name === asking) return 'asking';
	const state = stage.state ?? seen(task, stage);
	return state === 'failed' && task.state === 'cancelled' ? 'stopped' : state;
}

/** Of a plugin that does not declare its stages. */
function seen(task: TaskDetail, stage: TaskStage): RailState {
	if (stage.finished || task.state === 'succeeded') return 'done';
	return hasEnded(task.state) ? 'failed' : stage.started ? 'running' : 'waiting';
}

function wordOf(state: RailState): string {
	return {
		waiting: m.tasks_stage_waiting,
		running: m.tasks_stage_running,
		asking: m.tasks_stage_asking,
		done: m.tasks_stage_done,
		failed: m.tasks_stage_failed,
		stopped: m.tasks_stage_stopped,
		skipped: m.tasks_stage_skipped,
	}[state]();
}
