// [DEF:lib/components/tasks/looks.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Word, hue and icon of each state of a task, and the name of each level of a line.

import Ban from '@lucide/svelte/icons/ban';
import Check from '@lucide/svelte/icons/check';
import CircleQuestionMark from '@lucide/svelte/icons/circle-question-mark';
import Clock from '@lucide/svelte/icons/clock';
import LoaderCircle from '@lucide/svelte/icons/loader-circle';
import X from '@lucide/svelte/icons/x';
import type { Component } from 'svelte';
import { m } from '#i18n/generated/messages.js';
import type { TaskState } from '#lib/api/tasks.ts';

type Tone = 'grey' | 'accent' | 'amber' | 'green' | 'red';
type Icon = Component<{ class?: string; 'aria-hidden'?: 'true' }>;

export const STATES: TaskState[] = [
	'queued',
	'running',
	'awaiting_input',
	'succeeded',
	'failed',
	'errored',
	'cancelled',
	'timed_out',
	'lost',
];

export function looksOf(state: TaskState): { text: string; tone: Tone; icon: Icon; spins: boolean } {
	const [text, tone, icon]: [string, Tone, unknown] = {
		queued: [m.tasks_state_queued(), 'grey', Clock],
		running: [m.tasks_state_running(), 'accent', LoaderCircle],
		awaiting_input: [m.tasks_state_awaiting_input(), 'amber', CircleQuestionMark],
		succeeded: [m.tasks_state_succeeded(), 'green', Check],
		failed: [m.tasks_state_failed(), 'red', X],
		errored: [m.tasks_state_errored(), 'red', X],
		cancelled: [m.tasks_state_cancelled(), 'grey', Ban],
		timed_out: [m.tasks_state_timed_out(), 'red', X],
		lost: [m.tasks_state_lost(), 'red', X],
	}[state] as [string, Tone, unknown];
	return { text, tone, icon: icon as Icon, spins: state === 'running' };
}

/** The hue of a state's icon where it has no ground. */
export const HUES: Record<Tone, string> = {
	grey: 'text-queued',
	accent: 'text-running',
	amber: 'text-waiting',
	green: 'text-succeeded',
	red: 'text-failed',
};

export function levelName(level: string): string {
	const names: Record<string, () => string> = {
		debug: m.tasks_level_debug,
		info: m.tasks_level_info,
		warning: m.tasks_level_warning,
		error: m.tasks_level_error,
	};
	return names[level]?.() ?? level;
}
