// A plan in the shapes in which the server answers, for tests and for looking at the page.

import type {
	Action,
	ChangeView,
	Concern,
	Kind,
	Migration,
	Outcome,
	PlanDocument,
	PlanNode,
	PlanView,
	Status,
} from '#lib/api/plan.ts';
import type { Actions, Verdict } from '#lib/api/types.ts';

export const yes: Verdict = { allowed: true, reason: '', who: [] };
export const no = (reason: string, ...who: string[]): Verdict => ({ allowed: false, reason, who });

const STEPS = [
	'replan',
	'submit',
	'approve',
	'reject',
	'withdraw',
	'comment',
	'apply',
	'override',
	'rollback',
] as const;

/** Everything is refused, except for these. */
export function allowing(...names: string[]): Actions {
	return Object.fromEntries(
		[...STEPS, 'dismiss', 'restore'].map((each) => [each, names.includes(each) ? yes : no(`No ${each} now.`)]),
	);
}

const place = (uuid: string, host: string) => ({ uuid, id: 7, url: `https://${host}.example/explore/?slice_id=7` });

export function node(uuid: string, kind: Kind, action: Action, more: Partial<PlanNode> = {}): PlanNode {
	return {
		uuid,
		kind,
		name: uuid,
		action,
		differences: action === 'update' ? 3 : 0,
		risks: 0,
		fingerprint: action === 'unchanged' ? '' : `print-${uuid}`,
		seen: false,
		new: false,
		depends_on: [],
		unchanged_below: 0,
		source: action === 'orphan' ? null : place(uuid, 'dev'),
		target: action === 'create' ? null : place(uuid, 'prod'),
		used_by: [],
		...more,
	};
}

export const concern = (more: Partial<Concern> = {}): Concern => ({
	code: 'used_though_removed',
	kind: 'risk',
	title: 'Charts outside the plan use what it removes',
	text: 'Dataset births loses sum__num.',
	assets: ['births'],
	lines: [],
	acknowledged: false,
	acknowledge: null,
	...more,
});

/** Two dashboards that share a dataset, a chart only on the target, and a dashboard in which nothing changes. */
export const NODES: PlanNode[] = [
	node('sales', 'dashboard', 'update', {
		name: 'Sales Dashboard',
		depends_on: ['revenue', 'country'],
		unchanged_below: 5,
	}),
	node('usa', 'dashboard', 'unchanged', { name: 'USA Births Names', depends_on: ['boys', 'births', 'cleaned'] }),
	node('deck', 'dashboard', 'unchanged', { name: 'deck.gl Demo', unchanged_below: 4 }),
	node('revenue', 'chart', 'update', { name: 'Total Revenue', depends_on: ['cleaned'], seen: true }),
	node('country', 'chart', 'create', { name: 'Revenue by Country', depends_on: ['cleaned'] }),
	node('boys', 'chart', 'update', { name: 'Boys', depends_on: ['births'] }),
	node('season', 'chart', 'orphan', { name: 'Seasonality' }),
	node('cleaned', 'dataset', 'update', { name: 'cleaned_sales_data', differences: 6 }),
	node('births', 'dataset', 'update', { name: 'birth_names', risks: 1 }),
];

export const CHECKSUM = 'dfab6dbc'.padEnd(56, '0') + '3a31f338';

export function plan(more: Partial<PlanDocument> = {}): PlanDocument {
	return {
		number: 1,
		checksum: CHECKSUM,
		planned_at: '2026-11-29T20:00:00Z',
		planned_by: 'ada',
		expires: '2026-12-05T22:14:00Z',
		source: { environment: 'dev', release: '6.1.0' },
		target: { environment: 'prod', release: '6.1.0' },
		databases: [{ source_name: 'examples', source_uuid: 'a', target_name: 'warehouse', target_uuid: 'b' }],
		sentence: '3 dashboards from dev to prod: 6 of 15 assets will be written.',
		counts: { create: 1, update: 5, unchanged: 9, orphan: 1, remove: 0, risks: 1, losses: 1 },
		carry: ['owners'],
		attachments: [
			{ title: 'Owners', subject: 'dashboard “Sales”', text: '', added: ['Ada (ada)'], removed: ['Bob (bob)'] },
		],
		access: [{ title: '', subject: 'dashboard “Sales”', text: 'people: 3 → 4', added: ['eve'], removed: [] }],
		risks: [
			concern(),
			concern({
				code: 'reports',
				kind: 'loss',
				title: '1 alert stays on dev',
				text: '“Sales below target”',
				assets: [],
			}),
			concern({
				code: 'stale_references',
				kind: 'note',
				title: 'References are left out',
				assets: ['revenue', 'boys'],
			}),
		],
		roots: ['sales', 'usa', 'deck'],
		nodes: NODES,
		since: null,
		seen: 1,
		total: 6,
		rules: { hidden: 3, text: 'Compared after mapping examples → warehouse.' },
		checks: [
			{ text: 'prod unchanged since the plan', ok: true, code: 'unchanged' },
			{ text: 'Approval by someone else', ok: null, code: 'approval' },
			{ text: 'prod is frozen', ok: false, code: 'freeze' },
		],
		...more,
	};
}

export function migration(status: Status = 'submitted', more: Partial<Migration> = {}): Migration {
	return {
		id: 12,
		title: 'Sales Dashboard and 2 more',
		source: 'dev',
		target: 'prod',
		status,
		state: status === 'submitted' ? 'submitted' : 'approved',
		author: 'ada',
		created: '2026-11-29T20:00:00Z',
		task: 41,
		selection: { names: ['sales'], everything: false },
		speculative: false,
		next: { what: 'approve', who: ['ben'], sentence: 'It needs 1 more approval.' },
		counts: null,
		approvals: { needed: 1, given: 0, expires: null, expired: false, fallen: [] },
		decisions: [
			{
				id: 1,
				kind: 'submit',
				actor: 'ada',
				at: '2026-11-29T20:05:00Z',
				note: 'Please look at the filters',
				checksum: CHECKSUM,
				plan: 1,
			},
		],
		runs: [],
		allowed_actions: {},
		...more,
	};
}

export function view(more: Partial<PlanView> = {}): PlanView {
	return {
		migration: migration(),
		plan: plan(),
		run: null,
		approvals: null,
		decisions: [],
		allowed_actions: allowing(),
		...more,
	};
}

export function outcome(more: Partial<Outcome> = {}): Outcome {
	return {
		id: 3,
		kind: 'apply',
		state: 'succeeded',
		actor: 'ada',
		task: 44,
		started: '2026-11-29T20:10:00Z',
		finished: '2026-11-29T20:10:41Z',
		written: ['dashboard/sales', 'chart/revenue'],
		open: [],
		result: {},
		error: null,
		repaired: [{ asset: 'chart “Boys”', field: 'params.datasource', before: '12__table', after: '31__table' }],
		attached: [],
		kept: [],
		verified: 6,
		seconds: 41,
		undo: { possible: true, sentence: 'Can be rolled back until 6 Dec.' },
		...more,
	};
}

const box = (id: string, x: number, y: number, width: number, state: string) =>
	({
		id,
		kind: 'chart',
		name: id,
		chart: id,
		tab: 'Sales Overview',
		row: y / 50 + 1,
		x,
		y,
		width,
		height: 50,
		state,
	}) as never;

export const SECTIONS: ChangeView['sections'] = [
	{
		kind: 'layout',
		title: 'Layout',
		summary: '2 moved, 1 added, 1 removed',
		before: [
			box('Total Revenue By Product', 0, 0, 3, 'resized'),
			box('Quarterly Revenue', 3, 0, 6, 'resized'),
			box('Items Sold', 9, 0, 3, 'same'),
			box('Seasonality of Revenue', 0, 50, 4, 'removed'),
			box('Total Revenue By Deal', 4, 50, 4, 'moved'),
			box('Deal Size', 8, 50, 4, 'moved'),
		],
		after: [
			box('Total Revenue By Product', 0, 0, 5, 'resized'),
			box('Quarterly Revenue', 5, 0, 4, 'resized'),
			box('Items Sold', 9, 0, 3, 'same'),
			box('Total Revenue By Deal', 0, 50, 4, 'moved'),
			box('Revenue by Country', 4, 50, 4, 'added'),
			box('Deal Size', 8, 50, 4, 'moved'),
		],
	},
	{
		kind: 'fields',
		code: 'settings',
		title: 'Settings and filters',
		rows: [
			{
				name: 'Colour scheme',
				before: 'supersetColors',
				after: 'd3Category10',
				secret: false,
				sentence: '',
				marks_before: [[0, 14]],
				marks_after: [[0, 12]],
			},
			{
				name: 'Filter Country: default',
				before: null,
				after: 'USA, France',
				secret: false,
				sentence: '',
				marks_before: [],
				marks_after: [[0, 11]],
			},
			{
				name: 'Refresh',
				before: 'every 30 s',
				after: 'every 300 s',
				secret: false,
				sentence: '',
				marks_before: [[6, 8]],
				marks_after: [[6, 9]],
			},
			{
				name: 'Password',
				before: null,
				after: null,
				secret: true,
				sentence: 'Password: hidden, changes',
				marks_before: [],
				marks_after: [],
			},
			{
				name: 'Query',
				before: null,
				after: null,
				secret: false,
				sentence: 'The stored query is computed again.',
				marks_before: [],
				marks_after: [],
			},
		],
	},
	{
		kind: 'text',
		title: 'SQL',
		language: 'sql',
		added: 2,
		removed: 1,
		hunks: [
			{
				skipped: 4,
				equal: ['SELECT', '  customer,', '  city,', '  status,'],
				lines: [
					{ before: [5, 'SELECT order_number,', []], after: [5, 'SELECT order_number,', []], state: 'same' },
					{
						before: [6, "WHERE status <> 'Cancelled'", [[13, 27]]],
						after: [6, "WHERE status NOT IN ('Cancelled', 'On Hold')", [[13, 44]]],
						state: 'changed',
					},
					{ before: null, after: [7, '  AND deal_size > 10', [[2, 20]]], state: 'added' },
				],
			},
		],
		skipped_after: 12,
		equal_after: [],
	},
];

export function change(uuid: string, more: Partial<ChangeView> = {}): ChangeView {
	const { kind, name, action, fingerprint } = NODES.find((each) => each.uuid === uuid) ?? node(uuid, 'chart', 'update');
	return { uuid, kind, name, action, fingerprint, sections: SECTIONS, hidden: 3, ...more };
}

/** A plan of `size` changes: dashboards of twenty assets, with datasets that several share. */
export function large(size: number): PlanView {
	const nodes: PlanNode[] = [];
	const roots: string[] = [];
	for (let index = 0; index < size; index++) {
		const of = Math.floor(index / 20);
		const kind: Kind = index % 20 === 0 ? 'dashboard' : index % 20 > 15 ? 'dataset' : 'chart';
		nodes.push(node(`n${index}`, kind, 'update', { name: `${kind} ${index}`, differences: 1 + (index % 9) }));
		if (kind === 'dashboard') roots.push(`n${index}`);
		else nodes[of * 20]!.depends_on.push(`n${index}`);
	}
	roots.forEach((uuid, index) =>
		nodes.find((each) => each.uuid === uuid)!.depends_on.push(`n${(index * 20 + 37) % size}`),
	);
	return view({ plan: plan({ nodes, roots, total: size, seen: 0, counts: { ...plan().counts, update: size } }) });
}
