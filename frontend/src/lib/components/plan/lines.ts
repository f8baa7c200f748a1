// [DEF:lib/components/plan/lines.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Finds in a line of a risk the name of an asset outside of the plan, and where that is.
// @RELATION DEPENDS_ON -> lib/api/plan.ts

import type { PlanNode } from '#lib/api/plan.ts';

export interface LinkedLine {
	before: string;
	/** With its address; empty where the line names none. */
	name: string;
	url: string;
	after: string;
}

/** Addresses by name. A name that several have leads nowhere, since it does not say which one is meant. */
export function usersOf(nodes: PlanNode[]): Map<string, string> {
	const found = new Map<string, string>();
	const owners = new Map<string, string>();
	for (const { uuid, name, url } of nodes.flatMap((node) => node.used_by)) {
		const owner = owners.get(name) ?? uuid;
		owners.set(name, owner);
		found.set(name, owner === uuid ? url : '');
	}
	return found;
}

/** The whole line is the name, or the name stands in it in quotes. */
export function linkedLine(line: string, users: Map<string, string>): LinkedLine {
	const whole = users.get(line);
	if (whole) return { before: '', name: line, url: whole, after: '' };
	for (const match of line.matchAll(/“(.*?)”/g)) {
		const name = match[1]!;
		const url = users.get(name);
		const at = match.index + 1;
		if (url) return { before: line.slice(0, at), name, url, after: line.slice(at + name.length) };
	}
	return { before: line, name: '', url: '', after: '' };
}
