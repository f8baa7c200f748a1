// [DEF:lib/components/shell/health.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: How an environment is, as one of four, with its word and its dot.
// @RELATION DEPENDS_ON -> lib/api/types.ts

import { m } from '#i18n/generated/messages.js';
import type { EnvironmentBrief } from '#lib/api/types.ts';

export type Condition = 'ok' | 'failing' | 'unknown' | 'off';

const WORST: Condition[] = ['failing', 'unknown', 'off', 'ok'];

export function conditionOf({ enabled, state }: Pick<EnvironmentBrief, 'enabled' | 'state'>): Condition {
	if (!enabled || state === 'disabled') return 'off';
	if (state === 'ok') return 'ok';
	return state === 'not checked' ? 'unknown' : 'failing';
}

export function worstOf(environments: EnvironmentBrief[]): Condition {
	const found = new Set(environments.map(conditionOf));
	return WORST.find((each) => found.has(each)) ?? 'unknown';
}

export const WORDS: Record<Condition, () => string> = {
	ok: m.shell_health_ok,
	failing: m.shell_health_failing,
	unknown: m.shell_health_unknown,
	off: m.shell_health_off,
};

const ROUND = 'size-1.75 shrink-0 rounded-full';

export const DOTS: Record<Condition, string> = {
	ok: `${ROUND} bg-create-solid`,
	failing: 'size-1.75 shrink-0 rotate-45 bg-removed-solid',
	unknown: `${ROUND} bg-risk-solid`,
	off: `${ROUND} shadow-[inset_0_0_0_1.5px_var(--color-control)]`,
};
