import { fireEvent, render, screen } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import type { FieldsSection, TextSection } from '#lib/api/plan.ts';
import { linkedLine, usersOf } from '#lib/components/plan/lines.ts';
import { refusalOf } from '#lib/components/plan/words.ts';
import { until } from '#lib/text/format.ts';
import { Problem } from '#lib/api/problem.ts';
import ChangeGroup from '#lib/components/plan/ChangeGroup.svelte';
import Fields from '#lib/components/plan/Fields.svelte';
import { Nearness } from '#lib/components/plan/nearness.ts';
import RawDiff from '#lib/components/plan/RawDiff.svelte';
import TextDiff from '#lib/components/plan/TextDiff.svelte';
import { no, node, SECTIONS, view, yes } from '#tests/mocks/plan.ts';
import { browser, loaded, observers, screen_ } from './setup.ts';

const sides = { source: 'dev', target: 'prod' };
const fields = SECTIONS[1] as FieldsSection;
const text = SECTIONS[2] as TextSection;

beforeEach(browser);

test('many fields: the first ones, and the rest on request', async () => {
	const rows = Array.from({ length: 80 }, (_, index) => ({ ...fields.rows[0]!, name: `Field ${index}` }));
	render(Fields, { props: { section: { ...fields, code: 'metrics', rows }, ...sides } });
	expect(screen.getAllByRole('rowheader')).toHaveLength(60);
	await fireEvent.click(screen.getByRole('button', { name: 'Show all 80' }));
	expect(screen.getAllByRole('rowheader')).toHaveLength(80);
});

test('many lines: the first ones, and the rest on request', async () => {
	const lines = Array.from({ length: 300 }, (_, index) => ({
		before: null,
		after: [index + 1, `line ${index}`, []] as [number, string, []],
		state: 'added' as const,
	}));
	const hunks = [0, 100, 200].map((at) => ({ skipped: 0, equal: [], lines: lines.slice(at, at + 100) }));
	render(TextDiff, { props: { section: { ...text, hunks, skipped_after: 0 }, ...sides } });
	expect(screen.queryByText('line 299')).toBeNull();
	await fireEvent.click(screen.getByRole('button', { name: 'Show all 300 lines' }));
	expect(screen.getByText('line 299')).toBeTruthy();
});

test('equal texts have only folded lines', () => {
	render(TextDiff, { props: { section: { ...text, hunks: [], skipped_after: 9, equal_after: [] }, ...sides } });
	expect(screen.getByText('9 equal lines')).toBeTruthy();
	expect(screen.queryByRole('button')).toBeNull();
});

test('equal lines unfold where they stand, with the numbers of both texts, and fold again', async () => {
	const equal_after = ['GROUP BY city', 'LIMIT 10'];
	const { container } = render(TextDiff, { props: { section: { ...text, skipped_after: 2, equal_after }, ...sides } });
	expect(screen.queryByText('LIMIT')).toBeNull();
	const after = screen.getByRole('button', { name: '2 equal lines' });
	expect(after.getAttribute('aria-expanded')).toBe('false');
	await fireEvent.click(after);
	expect(after.getAttribute('aria-expanded')).toBe('true');
	const lines = () => [...container.querySelectorAll('[data-state=unfolded] > div')].map((each) => each.textContent);
	expect(lines().map((each) => each.replace(/\s+/g, ''))).toEqual(['7GROUPBYcity8GROUPBYcity', '8LIMIT109LIMIT10']);
	await fireEvent.click(screen.getByRole('button', { name: '4 equal lines' }));
	expect(lines()).toHaveLength(6);
	expect(lines()[0]).toBe('1 SELECT 1 SELECT');
	await fireEvent.click(after);
	expect(lines()).toHaveLength(4);
});

test('a text that only comes has no number of lines that go', () => {
	const { container } = render(TextDiff, { props: { section: { ...text, removed: 0, added: 2 }, ...sides } });
	expect(container.querySelector('h3')!.textContent).toContain('+2');
	expect(container.querySelector('h3')!.textContent).not.toContain('−');
});

test('a line leads to the asset that it names, unless several have the name', () => {
	const user = (uuid: string, name: string) => ({
		uuid,
		kind: 'dashboard' as const,
		name,
		url: `https://prod/${uuid}`,
	});
	const users = usersOf([
		node('a', 'dataset', 'update', { used_by: [user('1', 'Sales'), user('2', 'Twice')] }),
		node('b', 'dataset', 'update', { used_by: [user('1', 'Sales'), user('3', 'Twice')] }),
	]);
	expect(linkedLine('Sales', users)).toEqual({ before: '', name: 'Sales', url: 'https://prod/1', after: '' });
	const quoted = linkedLine('dashboard “Sales”: filter', users);
	expect(quoted).toEqual({ before: 'dashboard “', name: 'Sales', url: 'https://prod/1', after: '”: filter' });
	expect(linkedLine('Twice', users).url).toBe('');
	expect(linkedLine('Sales of 2026', users)).toEqual({ before: 'Sales of 2026', name: '', url: '', after: '' });
});

test('a refusal in a menu names who can', () => {
	expect(refusalOf(no('Not you.', 'lin', 'ben'))).toBe('Not you. Who can: lin, ben.');
	expect(refusalOf(yes)).toBe('');
	expect(refusalOf(no(''))).toBe('This is not possible now.');
});

test('the end of something is told with the time zone', () => {
	expect(until('2026-12-05T22:14:00Z', 'UTC')).toMatch(/5.*22:14.*UTC/);
	expect(until('2026-12-05T22:14:00Z', 'Asia/Tokyo')).toMatch(/6.*07:14.*GMT\+9/);
});

test('raw documents: waiting, failed, there', async () => {
	const retry = vi.fn();
	const { rerender } = render(RawDiff, { props: { raw: 'loading', ...sides, retry } });
	expect(screen.getByRole('status')).toBeTruthy();
	await rerender({ raw: new Problem({ detail: 'Gone.' }, 404) });
	await fireEvent.click(screen.getByRole('button'));
	expect(retry).toHaveBeenCalled();
	await rerender({ raw: { before: 'a: 1', after: 'a: 2' } });
	expect(await screen.findByText('YAML')).toBeTruthy();
});

test('changes far from the screen are one empty place, until somebody goes there', async () => {
	screen_.near = false;
	const { store } = await loaded(view());
	const { component } = render(ChangeGroup, { store, nodes: store.order, nearness: new Nearness('0px'), first: false });
	expect(screen.queryByRole('article')).toBeNull();
	const place = document.querySelector<HTMLElement>('[data-state=far]')!;
	expect(parseInt(place.style.minHeight)).toBeGreaterThan(700);
	await vi.waitFor(() => expect(observers.flatMap((each) => [...each.targets])).toContain(place));
	await Promise.resolve();
	component.show();
	await vi.waitFor(() => expect(document.querySelectorAll('article')).toHaveLength(7));
	observers[0]!.tell(place, false);
	await vi.waitFor(() => expect(place.style.minHeight).toBe('300px'));
});
