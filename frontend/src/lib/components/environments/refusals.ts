// [DEF:lib/components/environments/refusals.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Why a button is refused, and which of several with the same reason says so.
// @RELATION DEPENDS_ON -> lib/api/types.ts

import type { Actions } from '#lib/api/types.ts';

/** Empty if it is allowed. */
export const refusalOf = (actions: Actions, name: string): string =>
	actions[name]?.allowed === false ? actions[name].reason : '';

/** The first of the buttons that is refused for the same reason, with the same people who can. */
export function speakerOf(actions: Actions, names: string[], name: string): string {
	const said = (each: string) => JSON.stringify([refusalOf(actions, each), actions[each]?.who ?? []]);
	return names.find((each) => said(each) === said(name)) ?? name;
}
