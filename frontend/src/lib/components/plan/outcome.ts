// [DEF:lib/components/plan/outcome.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Which assets of a plan a run has written, which perhaps, and which not.
// @RELATION DEPENDS_ON -> lib/api/plan.ts

import type { Outcome, PlanNode } from '#lib/api/plan.ts';

export interface Written {
	written: PlanNode[];
	/** The answer never came. */
	open: PlanNode[];
	left: PlanNode[];
}

const WRITES = new Set(['create', 'update', 'remove']);

/** A run names its assets as `kind/uuid`. */
export function writtenOf(nodes: PlanNode[], run: Pick<Outcome, 'written' | 'open'>): Written {
	const written = new Set(run.written.map(uuidOf));
	const open = new Set(run.open.map(uuidOf));
	const meant = nodes.filter((node) => WRITES.has(node.action));
	return {
		written: meant.filter((node) => written.has(node.uuid)),
		open: meant.filter((node) => open.has(node.uuid) && !written.has(node.uuid)),
		left: meant.filter((node) => !written.has(node.uuid) && !open.has(node.uuid)),
	};
}

function uuidOf(name: string): string {
	return name.slice(name.lastIndexOf('/') + 1);
}
