import { describe, expect, test } from 'vitest';
import { picturesOf } from '#lib/components/plan/layout.ts';
import { writtenOf } from '#lib/components/plan/outcome.ts';
import { pieces } from '#lib/components/plan/pieces.ts';
import { addressOf, INITIAL, queryOf } from '#lib/components/plan/query.ts';
import { rawDiff } from '#lib/components/plan/rawdiff.ts';
import { primaryOf, stepsOf } from '#lib/components/plan/steps.ts';
import { treeOf, type TreeOptions } from '#lib/components/plan/tree.ts';
import type { LayoutSection, PlanNode } from '#lib/api/plan.ts';
import { allowing, migration, node, NODES, SECTIONS, view } from '#tests/mocks/plan.ts';

const options: TreeOptions = {
	by: 'dashboard',
	match: (each: PlanNode) => each.action !== 'unchanged',
	folded: () => false,
	strict: false,
	unchanged: false,
};
const build = (more: Partial<TreeOptions> = {}, nodes = NODES, roots = ['sales', 'usa', 'deck']) =>
	treeOf(nodes, roots, { ...options, ...more });
const shape = (more: Partial<TreeOptions> = {}) => build(more).rows.map((row) => `${row.level} ${row.type} ${row.key}`);

describe('tree', () => {
	test('an asset of two dashboards stands below the first; below the other is a way to it', () => {
		expect(shape()).toEqual([
			'1 change sales',
			'2 change revenue',
			'2 change country',
			'2 change cleaned',
			'2 unchanged sales:unchanged',
			'1 quiet usa',
			'2 change boys',
			'2 change births',
			'2 reference usa:cleaned',
			'1 quiet deck',
			'1 group other',
			'2 change season',
		]);
		expect(build().rows.find((row) => row.type === 'reference')).toMatchObject({ under: 'Sales Dashboard' });
	});

	test('each change is in the order once', () => {
		const uuids = build().order.map((each) => each.uuid);
		expect(new Set(uuids).size).toBe(uuids.length);
	});

	test('what is folded is not among the rows, but in the order', () => {
		const folded = build({ folded: (key) => key === 'sales' });
		expect(folded.rows[0]).toMatchObject({ key: 'sales', open: false, below: 3 });
		expect(folded.rows[1]!.key).toBe('usa');
		expect(folded.order).toHaveLength(7);
	});

	test('a search leaves out dashboards in which nothing matches', () => {
		expect(shape({ strict: true, match: (each) => each.name === 'Boys' })).toEqual(['1 quiet usa', '2 change boys']);
	});

	test('by kind', () => {
		expect(shape({ by: 'kind' }).filter((row) => row.startsWith('1'))).toEqual([
			'1 group kind:dashboard',
			'1 group kind:chart',
			'1 group kind:dataset',
		]);
	});

	test('rows know their place, for whoever hears them', () => {
		expect(build().rows[1]).toMatchObject({ place: 1, of: 4, level: 2 });
	});

	test('dashboards that link to each other do not go round', () => {
		const nodes = [
			node('a', 'dashboard', 'update', { depends_on: ['b', 'c'] }),
			node('b', 'dashboard', 'update', { depends_on: ['a', 'c'] }),
			node('c', 'chart', 'update', { depends_on: ['c', 'a'] }),
		];
		expect(build({}, nodes, ['a', 'b']).rows.map((row) => row.key)).toEqual(['a', 'c', 'b', 'b:c']);
	});
});

describe('address', () => {
	const here = new URL('https://lockstep.example/migrations/12');

	test('says what differs from the start, and is read back', () => {
		const query = {
			...INITIAL,
			actions: ['create' as const, 'unchanged' as const],
			only: ['risk' as const],
			search: 'a b',
			unseen: true,
			fresh: true,
			by: 'kind' as const,
			raw: true,
			change: 'boys',
		};
		expect(queryOf(addressOf(here, query))).toEqual(query);
		expect(addressOf(addressOf(here, query), INITIAL).search).toBe('');
	});

	test('nothing chosen is not everything', () => {
		expect(queryOf(addressOf(here, { ...INITIAL, actions: [] })).actions).toEqual([]);
	});

	test('a hash names a change', () => {
		expect(queryOf(new URL('#boys', here)).change).toBe('boys');
	});
});

describe('texts', () => {
	test('marks and keywords do not lose a letter', () => {
		const found = pieces("WHERE a <> 'x' AND b", [[8, 14]], 'sql');
		expect(found.map((each) => each.text).join('')).toBe("WHERE a <> 'x' AND b");
		expect(found.filter((each) => each.keyword).map((each) => each.text)).toEqual(['WHERE', 'AND']);
		expect(found.filter((each) => each.marked).map((each) => each.text)).toEqual(["<> 'x'"]);
	});

	test('raw documents are compared line by line, equal ones folded', () => {
		const lines = Array.from({ length: 30 }, (_, index) => `key${index}: 1`);
		const after = lines.with(15, 'key15: 2').concat('last: 1');
		const found = rawDiff({ before: lines.join('\n') + '\n', after: after.join('\n') + '\n' });
		expect(found).toMatchObject({ added: 2, removed: 1, skipped_after: 0 });
		expect(found.hunks.map((hunk) => [hunk.skipped, hunk.lines.length])).toEqual([
			[12, 7],
			[8, 4],
		]);
		const line = found.hunks[0]!.lines[3]!;
		expect(line).toMatchObject({
			state: 'changed',
			before: [16, 'key15: 1', [[7, 8]]],
			after: [16, 'key15: 2', [[7, 8]]],
		});
	});

	test('a document that is new has no other side', () => {
		expect(rawDiff({ before: null, after: 'a: 1\n' }).hunks[0]!.lines).toEqual([
			{ before: null, after: [1, 'a: 1', []], state: 'added' },
		]);
	});
});

test('the layout keeps its proportions, and tabs in which nothing differs are left out', () => {
	const section = SECTIONS[0] as LayoutSection;
	const other = { ...section.before[0]!, id: 'x', tab: 'Other', state: 'same' as const };
	const [tab, ...rest] = picturesOf({ ...section, before: [...section.before, other] });
	expect(rest).toEqual([]);
	expect(tab!.before.tiles[1]).toMatchObject({ left: 25, width: 50, top: 0, height: 60 });
	expect(tab!.before.height).toBe(120);
});

test('what a run has written, perhaps, and not', () => {
	const found = writtenOf(NODES, { written: ['dashboard/sales'], open: ['dataset/cleaned'] });
	expect(found.written.map((each) => each.uuid)).toEqual(['sales']);
	expect(found.open.map((each) => each.uuid)).toEqual(['cleaned']);
	expect(found.left.map((each) => each.uuid)).toEqual(
		['country', 'boys', 'births', 'revenue'].sort((a, b) => order(a) - order(b)),
	);
});
const order = (uuid: string) => NODES.findIndex((each) => each.uuid === uuid);

describe('next step', () => {
	const steps = (status: Parameters<typeof migration>[0], ...may: string[]) => {
		const shown = view({ migration: migration(status), allowed_actions: allowing(...may) });
		const all = stepsOf(shown);
		return [all, primaryOf(all, shown.allowed_actions)];
	};

	test('the first possible one is primary, never one that takes away', () => {
		expect(steps('planned', 'submit')).toEqual([['submit'], 'submit']);
		expect(steps('submitted', 'approve', 'reject')).toEqual([['approve', 'reject'], 'approve']);
		expect(steps('submitted')).toEqual([['approve', 'reject'], undefined]);
		expect(steps('approved', 'apply')).toEqual([['apply', 'reject'], 'apply']);
		expect(steps('succeeded', 'rollback')).toEqual([['rollback'], undefined]);
		expect(steps('interrupted', 'apply', 'rollback')).toEqual([['apply', 'rollback'], 'apply']);
	});

	test('whatever is allowed has a button', () => {
		expect(steps('submitted', 'apply')[0]).toContain('apply');
		expect(steps('approved', 'override')[0]).toContain('override');
	});

	test('without approvals a plan is applied', () => {
		const free = migration('planned', {
			approvals: { needed: 0, given: 0, expires: null, expired: false, fallen: [] },
		});
		expect(stepsOf(view({ migration: free, allowed_actions: allowing('apply') }))[0]).toBe('apply');
	});
});
