// [DEF:lib/components/plan/steps.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: What people do with a migration in each of its states, the next step first; one of them is primary.
// @RELATION DEPENDS_ON -> lib/api/plan.ts
// @RELATION DEPENDS_ON -> lib/api/types.ts

import type { PlanView, Status } from '#lib/api/plan.ts';
import type { Actions } from '#lib/api/types.ts';

export type Step = 'replan' | 'submit' | 'approve' | 'reject' | 'apply' | 'override' | 'rollback';

const USUAL: Record<Status, Step[]> = {
	draft: ['replan'],
	planned: ['apply'],
	submitted: ['approve', 'reject'],
	approved: ['apply', 'reject'],
	rejected: ['replan'],
	withdrawn: [],
	applying: [],
	succeeded: ['rollback'],
	failed: ['apply', 'rollback'],
	interrupted: ['apply', 'rollback'],
	'rolling back': [],
	'rolled back': ['replan'],
};

/** Never primary: they take something away, or go past a rule. */
const CAREFUL = new Set<Step>(['reject', 'rollback', 'override']);

/** What belongs to the state, and whatever else is allowed; what the server does not know is not offered. */
export function stepsOf({ migration, allowed_actions: actions }: PlanView): Step[] {
	if (!migration) return [];
	const usual = [...USUAL[migration.status]];
	if (migration.status === 'planned' && migration.approvals.needed > 0) usual.splice(0, 1, 'submit');
	const all: Step[] = ['submit', 'approve', 'reject', 'apply', 'rollback'];
	const others = all.filter((step) => actions[step]?.allowed && !usual.includes(step));
	const steps = [...usual, ...others].filter((step) => actions[step]);
	return actions.override?.allowed && steps.includes('apply') ? [...steps, 'override'] : steps;
}

/** The first that is possible. */
export function primaryOf(steps: Step[], actions: Actions): Step | undefined {
	return steps.find((step) => actions[step]?.allowed && !CAREFUL.has(step));
}
