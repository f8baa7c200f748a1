import { expect, test } from 'vitest';
import { SelectionStore } from '#lib/stores/selection.svelte.ts';

const ORDER = ['a', 'b', 'c', 'd', 'e'];

test('a selection belongs to its environment and kind', () => {
	const store = new SelectionStore();
	store.toggle('dev dashboard', 'a');
	expect([...store.of('dev dashboard')]).toEqual(['a']);
	expect(store.of('prod dashboard').size).toBe(0);
	store.toggle('dev dashboard', 'a');
	expect(store.of('dev dashboard').size).toBe(0);
});

test('a range reaches from the last one that was ticked alone, in either direction', () => {
	const store = new SelectionStore();
	store.toggle('dev', 'd');
	store.extend('dev', ORDER, 'b');
	expect([...store.of('dev')].sort()).toEqual(['b', 'c', 'd']);
	store.extend('dev', ORDER, 'e');
	expect(store.of('dev').has('e')).toBe(true);
});

test('a range that begins with one that was unticked unticks', () => {
	const store = new SelectionStore();
	store.set('dev', ORDER, true);
	store.toggle('dev', 'b');
	store.extend('dev', ORDER, 'd');
	expect([...store.of('dev')].sort()).toEqual(['a', 'e']);
});

test('a range whose beginning is no longer shown ticks only its end', () => {
	const store = new SelectionStore();
	store.toggle('dev', 'a');
	store.extend('dev', ['c', 'd', 'e'], 'e');
	expect([...store.of('dev')].sort()).toEqual(['a', 'e']);
});

test('clearing forgets where a range began', () => {
	const store = new SelectionStore();
	store.toggle('dev', 'a');
	store.clear('dev');
	expect(store.of('dev').size).toBe(0);
	store.extend('dev', ORDER, 'c');
	expect([...store.of('dev')]).toEqual(['c']);
});
