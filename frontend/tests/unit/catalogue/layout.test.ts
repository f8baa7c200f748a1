import { expect, test } from 'vitest';
import { layersOf, picture } from '#lib/components/catalogue/graph.ts';
import { columnsFor, reveal, settled, sizeOf, templateOf, windowOf } from '#lib/components/catalogue/window.ts';
import { bulkOf } from '#lib/components/catalogue/bulk.ts';
import { type Command, gridKeys } from '#lib/components/catalogue/keys.ts';
import { shortcuts } from '#lib/stores/shortcuts.svelte.ts';
import { detail, matrix, MAY } from '#tests/mocks/catalogue.ts';

test('only rows in sight and some around them are drawn, never more than 120', () => {
	const indexes = windowOf(1024, 500, 900, 505);
	expect(indexes[0]).toBe(492);
	expect(indexes.at(-1)).toBeGreaterThan(525);
	expect(windowOf(1024, 0, 20_000, 0).length).toBeLessThanOrEqual(120);
	expect(windowOf(3, 0, 900, 0)).toEqual([0, 1, 2]);
	expect(windowOf(0, 0, 900, 0)).toEqual([]);
});

test('the row that has the focus is drawn wherever it is, in its order', () => {
	expect(windowOf(1024, 500, 900, 2)[0]).toBe(2);
	expect(windowOf(1024, 0, 900, 1000).at(-1)).toBe(1000);
});

test('while a list moves its rows stay where they are in the document, and take other numbers', () => {
	const slots = [
		{ key: 'b', index: 7 },
		{ key: 'c', index: 8 },
		{ key: 'new', index: 9 },
		{ key: 'a', index: 10 },
	];
	expect(settled(['a', 'b', 'c'], slots).map(({ key, index }) => `${key}${index}`)).toEqual([
		'a10',
		'b7',
		'c8',
		'new9',
	]);
});

test('at both ends of a list there are as many rows as in its middle', () => {
	expect(windowOf(1000, 0, 900, 0)).toHaveLength(sizeOf(900));
	expect(windowOf(1000, 999, 900, 999)).toHaveLength(sizeOf(900));
	expect(windowOf(1000, 999, 900, 999).at(-1)).toBe(999);
});

test('a list that became shorter than it was scrolled still shows its end', () => {
	expect(windowOf(5, 800, 900, 0)).toEqual([0, 1, 2, 3, 4]);
});

test('a row is scrolled to only if it is not seen whole', () => {
	expect(reveal(5, 0, 900, false)).toBe(0);
	expect(reveal(5, 400, 900, false)).toBe(180);
	expect(reveal(30, 0, 900, false)).toBe(30 * 36 - (900 - 32 - 36));
	expect(reveal(23, 0, 900, true)).toBeGreaterThan(reveal(23, 0, 900, false));
});

test('columns go where there is no room for them', () => {
	const all = columnsFor(['changed', 'tags', 'against', 'status'], 'dashboard', 1440);
	expect(all).toEqual(['status', 'tags', 'against', 'changed']);
	expect(columnsFor(all, 'dashboard', 768)).toEqual(['status', 'against']);
	expect(columnsFor(all, 'dashboard', 390)).toEqual(['against']);
	expect(templateOf(['against'], 390, 'en').split(' ')[0]).toBe('40px');
});

test('what uses something stands left of it, and a circle ends', () => {
	const layers = layersOf(detail().graph);
	expect(layers.get('chart-0')).toBe(1);
	expect(layers.get('dataset-1')).toBe(2);
	expect(layers.get('database-1')).toBe(3);
	const node = (uuid: string) => ({ uuid, kind: 'chart' as const, name: uuid, id: 1, url: null, state: null });
	const circle = {
		nodes: [node('a'), node('b')],
		edges: [
			['a', 'b'],
			['b', 'a'],
		] as [string, string][],
	};
	expect(layersOf(circle).size).toBe(2);
});

test('a long layer is folded; what differs stays in sight, and lines lead to the fold', () => {
	const { boxes, lines } = picture(detail().graph, 812, 6);
	const charts = boxes.filter(({ layer }) => layer === 1);
	expect(charts).toHaveLength(6);
	expect(charts.slice(0, 4).every(({ hot }) => hot)).toBe(true);
	expect(charts[5]).toMatchObject({ node: null, folded: 6 });
	expect(lines.some(({ id }) => id === 'more-1 dataset-1')).toBe(true);
	expect(picture(detail().graph, 812, Infinity).boxes).toHaveLength(14);
});

const REASONS = { nowhere: 'nowhere', busy: 'busy' };

test('what a running migration writes is left out of a migration, and of nothing else', () => {
	const { rows, allowed_actions } = matrix(8);
	const bulk = bulkOf(rows, allowed_actions, 'prod', REASONS);
	expect(bulk.migrate.rows).toHaveLength(7);
	expect(bulk.migrate.excluded.map(({ name }) => name)).toEqual(['FCC New Coder Survey 2018']);
	expect(bulk.compare.rows).toHaveLength(8);
	expect(bulk.sync.rows).toHaveLength(8);
});

test('an action that is possible for none says why', () => {
	const { rows, allowed_actions } = matrix(8);
	const refusal = { allowed: false, reason: 'prod is frozen.', who: [] };
	const frozen = { ...allowed_actions, migrate: { prod: refusal } };
	expect(bulkOf(rows, frozen, 'prod', REASONS).migrate).toMatchObject({ rows: [], verdict: refusal });
	expect(bulkOf([rows[3]!], allowed_actions, 'prod', REASONS).migrate.verdict.reason).toBe('busy');
	expect(bulkOf(rows, { migrate: {}, compare: {}, sync: MAY }, '', REASONS).compare.verdict.reason).toBe('nowhere');
});

function commandAt(target: Element, init: KeyboardEventInit, grid: HTMLElement) {
	let command: unknown;
	const run = (each: Command) => (command = each);
	const back = shortcuts.register(...gridKeys({ grid: () => grid, possible: () => true, run }));
	window.addEventListener('keydown', shortcuts.handle);
	target.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...init }));
	window.removeEventListener('keydown', shortcuts.handle);
	back();
	return command;
}

test('letters work on the page, but not while somebody types or in a dialog', () => {
	document.body.innerHTML = `<input id="field"><div role="dialog"><b id="inner"></b></div>
		<div id="grid"><div role="row" aria-rowindex="2" id="row"><a id="link" href="/"></a></div></div>`;
	const [field, inner, grid, row, link] = ['field', 'inner', 'grid', 'row', 'link'].map((id) =>
		document.getElementById(id),
	) as HTMLElement[];
	expect(commandAt(document.body, { key: 'j' }, grid!)).toBe('next');
	expect(commandAt(field!, { key: 'j' }, grid!)).toBeUndefined();
	expect(commandAt(inner!, { key: 'Escape' }, grid!)).toBeUndefined();
	expect(commandAt(document.body, { key: 'о', code: 'KeyJ' }, grid!)).toBe('next');
	expect(commandAt(document.body, { key: 'Enter' }, grid!)).toBeUndefined();
	expect(commandAt(row!, { key: 'Enter' }, grid!)).toBe('open');
	expect(commandAt(link!, { key: 'Enter' }, grid!)).toBeUndefined();
	expect(commandAt(row!, { key: 'ArrowDown', shiftKey: true }, grid!)).toBe('extendNext');
	expect(commandAt(row!, { key: 'a', ctrlKey: true }, grid!)).toBe('all');
	expect(commandAt(document.body, { key: 'a', ctrlKey: true }, grid!)).toBeUndefined();
});
