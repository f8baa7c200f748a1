// [DEF:lib/components/plan/matching.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Which changes of a plan a query lets through.
// @RELATION DEPENDS_ON -> lib/api/plan.ts
// @RELATION DEPENDS_ON -> lib/components/plan/query.ts

import type { Concern, PlanNode, Status } from '#lib/api/plan.ts';
import { concernKey, type PlanQuery } from './query.ts';

const MOVING = new Set<Status>(['applying', 'rolling back']);

export function isMoving(status: Status | undefined): boolean {
	return !!status && MOVING.has(status);
}

export function byUuid(nodes: PlanNode[]): Map<string, PlanNode> {
	return new Map(nodes.map((node) => [node.uuid, node]));
}

export function byKey(concerns: Concern[]): Map<string, Concern> {
	return new Map(concerns.map((each) => [concernKey(each, concerns), each]));
}

export interface Matching {
	query: Omit<PlanQuery, 'change'>;
	nodes: PlanNode[];
	concerns: Map<string, Concern>;
	isSeen: (node: PlanNode) => boolean;
}

export function matcher({ query, nodes, concerns, isSeen }: Matching): (node: PlanNode) => boolean {
	const actions = new Set(query.actions);
	const words = query.search.trim().toLocaleLowerCase();
	const one = concerns.get(query.about);
	const about = one && new Set(one.assets);
	const only = query.only.length ? concerned(query.only, nodes, concerns) : undefined;
	return (node) => {
		if (about ? !about.has(node.uuid) : !actions.has(node.action)) return false;
		if (only && !only.has(node.uuid)) return false;
		if (query.unseen && (node.action === 'unchanged' || isSeen(node))) return false;
		if (query.fresh && !node.new) return false;
		return !words || node.name.toLocaleLowerCase().includes(words);
	};
}

/** The assets that the risks, or the losses, are about. */
function concerned(kinds: ('risk' | 'loss')[], nodes: PlanNode[], concerns: Map<string, Concern>): Set<string> {
	const chosen = [...concerns.values()].filter((each) => kinds.some((kind) => kind === each.kind));
	const risky = kinds.includes('risk') ? nodes.filter((node) => node.risks > 0) : [];
	return new Set([...chosen.flatMap((each) => each.assets), ...risky.map((node) => node.uuid)]);
}
