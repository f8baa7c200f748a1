// [DEF:lib/components/plan/tree.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: The changes of a plan as rows: below each dashboard what it is made of, or grouped by kind.
// @RELATION DEPENDS_ON -> lib/api/plan.ts

import type { Kind, PlanNode } from '#lib/api/plan.ts';

export const KINDS: Kind[] = ['dashboard', 'chart', 'dataset', 'database'];

interface Row {
	key: string;
	level: 1 | 2;
	/** Its place among its siblings, from 1, and their number. */
	place: number;
	of: number;
	open?: boolean;
}

export interface ChangeRow extends Row {
	type: 'change';
	node: PlanNode;
	/** Changes below it that the filters let through. */
	below: number;
}
/** An asset of several dashboards stands below the first; below others, this leads to it. */
export interface ReferenceRow extends Row {
	type: 'reference';
	node: PlanNode;
	under: string;
}
export interface GroupRow extends Row {
	type: 'group';
	/** A kind, or what belongs to no dashboard of the plan. */
	group: Kind | 'other';
	below: number;
}
/** A dashboard that is only there for what changes below it or because nothing does. */
export interface QuietRow extends Row {
	type: 'quiet';
	node: PlanNode;
	below: number;
}
export interface UnchangedRow extends Row {
	type: 'unchanged';
	node: PlanNode;
	number: number;
}
export type TreeRow = ChangeRow | ReferenceRow | GroupRow | QuietRow | UnchangedRow;

export interface Tree {
	rows: TreeRow[];
	/** Each change once, in the order of the rows, folded or not. */
	order: PlanNode[];
}

export interface TreeOptions {
	by: 'dashboard' | 'kind';
	match: (node: PlanNode) => boolean;
	folded: (key: string) => boolean;
	/** While something is searched, what does not match is left out altogether. */
	strict: boolean;
	/** Unchanged assets are among the nodes and shown. */
	unchanged: boolean;
}

type Draft = Omit<ChangeRow, 'place' | 'of'> | Omit<ReferenceRow, 'place' | 'of'> | Omit<UnchangedRow, 'place' | 'of'>;
type Head = Omit<ChangeRow, 'place' | 'of'> | Omit<GroupRow, 'place' | 'of'> | Omit<QuietRow, 'place' | 'of'>;
interface Branch {
	head: Head;
	below: Draft[];
}

export function treeOf(nodes: PlanNode[], roots: string[], options: TreeOptions): Tree {
	const branches = options.by === 'kind' ? byKind(nodes, options) : byDashboard(nodes, roots, options);
	const rows: TreeRow[] = [];
	const order: PlanNode[] = [];
	branches.forEach(({ head, below }, index) => {
		const open = below.length > 0 ? !options.folded(head.key) : undefined;
		rows.push({ ...head, place: index + 1, of: branches.length, open });
		if (head.type === 'change') order.push(head.node);
		below.forEach((row, place) => {
			if (open) rows.push({ ...row, place: place + 1, of: below.length });
			if (row.type === 'change') order.push(row.node);
		});
	});
	return { rows, order };
}

function change(node: PlanNode, level: 1 | 2, below = 0): Omit<ChangeRow, 'place' | 'of'> {
	return { type: 'change', key: node.uuid, level, node, below };
}

function byKind(nodes: PlanNode[], { match }: TreeOptions): Branch[] {
	return KINDS.flatMap((kind) => {
		const found = nodes.filter((node) => node.kind === kind && match(node));
		const head = { type: 'group', key: `kind:${kind}`, level: 1, group: kind, below: found.length } as const;
		return found.length ? [{ head, below: found.map((node) => change(node, 2)) }] : [];
	});
}

function byDashboard(nodes: PlanNode[], roots: string[], options: TreeOptions): Branch[] {
	const known = new Map(nodes.map((node) => [node.uuid, node]));
	const tops = new Set(roots);
	const first = new Map<string, string>();
	const branches: Branch[] = [];
	for (const uuid of roots) {
		const root = known.get(uuid);
		if (!root) continue;
		const below = reached(root, known, tops)
			.filter(options.match)
			.map((node) => under(node, root, first));
		const branch = branchOf(root, below, options);
		if (branch) branches.push(branch);
	}
	const rest = nodes.filter((node) => !tops.has(node.uuid) && !first.has(node.uuid) && options.match(node));
	if (rest.length) {
		const head = { type: 'group', key: 'other', level: 1, group: 'other', below: rest.length } as const;
		branches.push({ head, below: sorted(rest).map((node) => change(node, 2)) });
	}
	return branches;
}

function branchOf(root: PlanNode, below: Draft[], options: TreeOptions): Branch | undefined {
	const matches = options.match(root);
	if (!matches && !below.length && options.strict) return undefined;
	const number = below.filter((each) => each.type === 'change').length;
	const left = options.unchanged || options.strict ? 0 : root.unchanged_below;
	if (left && (matches || below.length)) {
		below.push({ type: 'unchanged', key: `${root.uuid}:unchanged`, level: 2, node: root, number: left });
	}
	if (matches) return { head: change(root, 1, number), below };
	if (root.action !== 'unchanged' && !below.length) return undefined;
	return { head: { type: 'quiet', key: root.uuid, level: 1, node: root, below: below.length && number }, below };
}

function under(node: PlanNode, root: PlanNode, first: Map<string, string>): Draft {
	const owner = first.get(node.uuid);
	if (owner === undefined) {
		first.set(node.uuid, root.name);
		return change(node, 2);
	}
	return { type: 'reference', key: `${root.uuid}:${node.uuid}`, level: 2, node, under: owner };
}

/** All that a dashboard is made of, by kind; other dashboards have branches of their own. */
function reached(root: PlanNode, known: Map<string, PlanNode>, tops: Set<string>): PlanNode[] {
	const found = new Set<PlanNode>();
	const waiting = [...root.depends_on].reverse();
	while (waiting.length) {
		const node = known.get(waiting.pop()!);
		if (!node || node === root || tops.has(node.uuid) || found.has(node)) continue;
		found.add(node);
		waiting.push(...[...node.depends_on].reverse());
	}
	return sorted([...found]);
}

function sorted(nodes: PlanNode[]): PlanNode[] {
	return nodes.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}
