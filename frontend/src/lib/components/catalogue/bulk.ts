// [DEF:lib/components/catalogue/bulk.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: For how many of the selected assets an action is possible, and why not for the others.

import type { AssetActions, MatrixRow } from '#lib/api/catalogue.ts';
import { refusal, type Verdict } from '#lib/api/types.ts';

export interface Choice {
	/** Those it is possible for. */
	rows: MatrixRow[];
	/** Those that are left out. */
	excluded: MatrixRow[];
	/** Why it is possible for none. */
	verdict: Verdict;
}

export interface Bulk {
	migrate: Choice;
	compare: Choice;
	sync: Choice;
}

const YES: Verdict = { allowed: true, reason: '', who: [] };

function choice(
	rows: MatrixRow[],
	verdict: Verdict | undefined,
	fits: (row: MatrixRow) => boolean,
	none: string,
): Choice {
	if (!verdict?.allowed) return { rows: [], excluded: rows, verdict: verdict ?? refusal(none) };
	const possible = rows.filter(fits);
	const excluded = rows.filter((row) => !fits(row));
	return { rows: possible, excluded, verdict: possible.length ? YES : refusal(none) };
}

/** `none` is said where there is nowhere to go to, `busy` where all that is selected is being written. */
export function bulkOf(
	rows: MatrixRow[],
	actions: AssetActions,
	against: string,
	reasons: { nowhere: string; busy: string },
): Bulk {
	const none = against ? reasons.busy : reasons.nowhere;
	return {
		migrate: choice(rows, actions.migrate[against], (row) => !row.busy, none),
		compare: choice(rows, actions.compare[against], () => true, none),
		sync: choice(rows, actions.sync, () => true, ''),
	};
}
