import { expect, test } from 'vitest';
import { parse } from '#lib/components/catalogue/query.ts';
import { inOrder, survey } from '#lib/components/catalogue/survey.ts';
import { elsewhere, matrix, NOW, row } from '#tests/mocks/catalogue.ts';

const read = (text: string) => parse(new URLSearchParams(text));
const rows = matrix(24).rows;

function names(order: string, list: ReturnType<typeof row>[], locale = 'en') {
	return inOrder(list, read(`sort=${order}`), 'prod', locale).map(({ name }) => name);
}

test('each word of a search has to occur in the name, the slug or the UUID', () => {
	const { found } = survey(rows, read('q=SALES 2'), 'prod', NOW);
	expect(found.map(({ slug }) => slug)).toEqual(['sales_2', 'video_game_2']);
	expect(survey(rows, read(`q=${rows[5]!.uuid}`), 'prod', NOW).found).toEqual([rows[5]]);
});

test('values of one filter widen, filters among each other narrow', () => {
	const wide = survey(rows, read('owner=admin&owner=bi_team'), 'prod', NOW).found;
	expect(new Set(wide.flatMap(({ owners }) => owners))).toEqual(new Set(['admin', 'bi_team']));
	const narrow = survey(rows, read('owner=admin&owner=bi_team&status=draft'), 'prod', NOW).found;
	expect(narrow.length).toBeGreaterThan(0);
	expect(narrow.every(({ status }) => status === 'draft')).toBe(true);
	expect(narrow.length).toBeLessThan(wide.length);
});

test('the number at a value is that of the rows it would bring with the other filters as they are', () => {
	const { counts } = survey(rows, read('owner=admin&status=published'), 'prod', NOW);
	const published = rows.filter(({ status }) => status === 'published');
	expect(counts.owner.get('analytics')).toBe(published.filter(({ owners }) => owners[0] === 'analytics').length);
	expect(counts.status.get('draft')).toBe(
		rows.filter(({ status, owners }) => status === 'draft' && owners[0] === 'admin').length || undefined,
	);
});

test('drift is measured against the environment that is compared with', () => {
	expect(survey(rows, read('drift=same'), 'stage', NOW).found).toHaveLength(24);
	expect(survey(rows, read('drift=missing'), 'prod', NOW).found).toHaveLength(4);
	expect(survey(rows, read('drift=unknown'), 'nowhere', NOW).found).toHaveLength(24);
});

test('the age of a change is counted from now', () => {
	const at = (days: number) => row(0, { changed_on: new Date(NOW - days * 86_400_000).toISOString() });
	const list = [at(0.5), at(3), at(200), row(0, { changed_on: null })];
	expect(survey(list, read('changed=1'), 'prod', NOW).found).toHaveLength(1);
	expect(survey(list, read('changed=7'), 'prod', NOW).found).toHaveLength(2);
	expect(survey(list, read('changed=older'), 'prod', NOW).found).toHaveLength(2);
});

test('names go by the rules of the language, and numbers in them by their value', () => {
	const list = ['Отчёт 10', 'отчёт 9', 'Ёлка', 'Жук', 'apple', 'Äpfel'].map((name) => row(0, { name }));
	expect(names('name', list, 'ru').slice(0, 4)).toEqual(['Ёлка', 'Жук', 'отчёт 9', 'Отчёт 10']);
	expect(names('name', list).slice(0, 2)).toEqual(['Äpfel', 'apple']);
});

test('rows without a value come last in either direction', () => {
	const list = [row(0, { name: 'none', changed_on: null }), row(1, { name: 'new' }), row(9, { name: 'old' })];
	expect(names('changed', list)).toEqual(['old', 'new', 'none']);
	expect(names('-changed', list)).toEqual(['new', 'old', 'none']);
});

test('by drift, what differs most comes first and what is unknown last', () => {
	const of = (name: string, prod: ReturnType<typeof elsewhere>) => row(0, { name, elsewhere: { prod } });
	const list = [
		of('unknown', elsewhere('unknown')),
		of('same', elsewhere('same')),
		of('two', elsewhere('differs', 2)),
		of('missing', elsewhere('missing')),
		of('nine', elsewhere('differs', 9)),
	];
	expect(names('-against', list)).toEqual(['nine', 'two', 'missing', 'same', 'unknown']);
});

test('a thousand rows are searched and sorted in a moment', () => {
	const many = matrix(1024).rows;
	survey(many, read('q=sales'), 'prod', NOW);
	const begun = performance.now();
	const { found } = survey(many, read('q=dashboard'), 'prod', NOW);
	inOrder(found, read('sort=name'), 'prod', 'en');
	expect(performance.now() - begun).toBeLessThan(500);
});
