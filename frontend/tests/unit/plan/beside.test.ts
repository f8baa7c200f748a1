import { fireEvent, render, screen } from '@testing-library/svelte';
import { beforeEach, expect, test } from 'vitest';
import type { Beside } from '#lib/api/plan.ts';
import BesideList from '#lib/components/plan/BesideList.svelte';
import { browser } from './setup.ts';

const line = (more: Partial<Beside> = {}): Beside => ({
	title: 'Owners',
	subject: 'chart “Revenue”',
	text: '',
	added: ['Ada (ada)'],
	removed: ['Bob (bob)'],
	...more,
});

beforeEach(browser);

test('what is added and taken away has its sign, not only its colour', () => {
	render(BesideList, { props: { title: 'Beside the documents', lines: [line()] } });
	expect(screen.getByRole('region', { name: 'Beside the documents' })).toBeTruthy();
	expect(screen.getByText('+ Ada (ada)')).toBeTruthy();
	expect(screen.getByText('− Bob (bob)')).toBeTruthy();
});

test('of many, the rest is folded', async () => {
	const lines = Array.from({ length: 9 }, (_, at) => line({ subject: `chart ${at}`, added: [], removed: [] }));
	render(BesideList, { props: { title: 'Beside the documents', lines } });
	const folded = screen.getByText('3 more');
	expect(folded.closest('details')!.open).toBe(false);
	await fireEvent.click(folded);
	expect(screen.getByText('chart 8')).toBeTruthy();
});

test('of many people, thirty are named, the same name twice too', () => {
	const added = Array.from({ length: 400 }, (_, at) => (at < 2 ? 'Ada' : `Person ${at}`));
	render(BesideList, { props: { title: 'Who can see the dashboards', lines: [line({ added, removed: [] })] } });
	expect(screen.getAllByText('+ Ada')).toHaveLength(2);
	expect(screen.getByText('370 more')).toBeTruthy();
});

test('unknown is said in words', () => {
	const text = 'unknown: it cannot be determined on the target';
	render(BesideList, {
		props: { title: 'Who can see the dashboards', lines: [line({ title: '', text, added: [], removed: [] })] },
	});
	expect(screen.getByText(text)).toBeTruthy();
});

test('without lines there is nothing', () => {
	render(BesideList, { props: { title: 'Who can see the dashboards', lines: [] } });
	expect(screen.queryByRole('region')).toBeNull();
});
