// [DEF:lib/components/plan/words.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: The words of states, kinds and steps on the page of a plan.
// @RELATION DEPENDS_ON -> lib/components/plan/steps.ts

import { m } from '#i18n/generated/messages.js';
import type { Verdict } from '#lib/api/types.ts';
import type { Box, Kind, Status } from '#lib/api/plan.ts';
import type { Step } from './steps.ts';

export const statusWord: Record<Status, () => string> = {
	draft: m.plan_status_draft,
	planned: m.plan_status_planned,
	submitted: m.plan_status_submitted,
	approved: m.plan_status_approved,
	rejected: m.plan_status_rejected,
	withdrawn: m.plan_status_withdrawn,
	applying: m.plan_status_applying,
	succeeded: m.plan_status_succeeded,
	failed: m.plan_status_failed,
	interrupted: m.plan_status_interrupted,
	'rolling back': m.plan_status_rolling_back,
	'rolled back': m.plan_status_rolled_back,
};

export const kindWord: Record<Kind, () => string> = {
	dashboard: m.kind_dashboard,
	chart: m.kind_chart,
	dataset: m.kind_dataset,
	database: m.kind_database,
};

export const kindsWord: Record<Kind | 'other', () => string> = {
	dashboard: m.plan_dashboards,
	chart: m.plan_charts,
	dataset: m.plan_datasets,
	database: m.plan_databases,
	other: m.plan_elsewhere,
};

export const boxWord: Record<Box['state'], () => string> = {
	same: m.change_unchanged,
	moved: m.plan_box_moved,
	resized: m.plan_box_resized,
	added: m.plan_box_added,
	removed: m.plan_box_removed,
};

/** Why something is not possible, and who can do it; empty if it is possible. For lists that have room for one sentence. */
export function refusalOf(verdict: Verdict | undefined): string {
	if (!verdict || verdict.allowed) return '';
	const who = verdict.who?.join(', ');
	return [verdict.reason || m.plan_not_now(), ...(who ? [m.who_can({ who })] : [])].join(' ');
}

/** “Apply again” where a run has failed. */
export function stepWord(step: Step, status: Status): string {
	const words: Record<Step, () => string> = {
		replan: m.plan_replan,
		submit: m.plan_submit,
		approve: m.plan_approve,
		reject: m.plan_reject,
		apply: status === 'failed' || status === 'interrupted' ? m.plan_apply_rest : m.plan_apply,
		override: m.plan_override,
		rollback: m.plan_rollback,
	};
	return words[step]();
}
