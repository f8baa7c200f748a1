import { beforeEach, expect, test } from 'vitest';
import {
	isFiltered,
	keepColumns,
	keptColumns,
	parse,
	print,
	sortedBy,
	unfiltered,
} from '#lib/components/catalogue/query.ts';

beforeEach(() => localStorage.clear());

const read = (text: string) => parse(new URLSearchParams(text));

test('an address that says nothing is as usual, and stays short', () => {
	const query = read('');
	expect(query).toMatchObject({ sort: 'changed', descending: true, columns: null, text: '' });
	expect(print(query)).toBe('');
	expect(isFiltered(query)).toBe(false);
});

test('what an address says comes back as the same address', () => {
	const address =
		'env=dev&against=prod&q=sales+emea&status=draft&owner=a&owner=b&drift=missing&sort=name&columns=status%2Cchanged';
	const query = read(address);
	expect(query.facets.owner).toEqual(['a', 'b']);
	expect(query).toMatchObject({ text: 'sales emea', sort: 'name', descending: false, columns: ['status', 'changed'] });
	expect(print(query)).toBe(address);
});

test('an unknown order or column in an address is passed over', () => {
	expect(read('sort=-password&columns=secret,owners')).toMatchObject({
		sort: 'changed',
		descending: true,
		columns: ['owners'],
	});
});

test('a second press turns the order round; dates and drift begin with the greatest', () => {
	const byName = sortedBy(read(''), 'name');
	expect(byName).toMatchObject({ sort: 'name', descending: false });
	expect(sortedBy(byName, 'name').descending).toBe(true);
	expect(sortedBy(byName, 'against').descending).toBe(true);
});

test('without filters the environment and the order remain', () => {
	expect(print(unfiltered(read('env=dev&q=x&tag=core&sort=name')))).toBe('env=dev&sort=name');
});

test('the choice of columns is kept on this computer for each kind', () => {
	expect(keptColumns('chart')).toEqual(['owners', 'tags', 'against', 'migration', 'changed']);
	keepColumns('chart', ['changed']);
	expect(keptColumns('chart')).toEqual(['changed']);
	expect(keptColumns('dashboard')).toContain('status');
	keepColumns('chart', []);
	expect(keptColumns('chart')).toEqual([]);
});
