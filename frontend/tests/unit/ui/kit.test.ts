import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { Problem, noAnswer } from '#lib/api/problem.ts';
import Badge from '#lib/components/ui/Badge.svelte';
import ChangeMark from '#lib/components/ui/ChangeMark.svelte';
import Checkbox from '#lib/components/ui/Checkbox.svelte';
import Failure from '#lib/components/ui/Failure.svelte';
import FilterMenu from '#lib/components/ui/FilterMenu.svelte';
import Segmented from '#lib/components/ui/Segmented.svelte';
import Time from '#lib/components/ui/Time.svelte';
import Toasts from '#lib/components/ui/Toasts.svelte';
import WhyNot from '#lib/components/ui/WhyNot.svelte';
import { Resource } from '#lib/stores/resource.svelte.ts';
import { toasts } from '#lib/stores/toasts.svelte.ts';
import Sample from './Sample.svelte';

test.each(['grey', 'accent', 'amber', 'green', 'red', 'blue'] as const)(
	'a badge says its state in words (%s)',
	(tone) => {
		render(Badge, { tone, text: 'Running' });
		expect(screen.getByText('Running')).toBeTruthy();
	},
);

test.each([
	['create', 'to create'],
	['update', 'to update'],
	['unchanged', 'unchanged'],
	['orphan', 'only on prod'],
	['remove', 'to remove'],
	['unknown', 'unknown'],
] as const)('the mark of a change has its word: %s', (kind, word) => {
	render(ChangeMark, { props: { kind, target: 'prod' } });
	expect(screen.getByText(word)).toBeTruthy();
});

test('a box tells that only a part is ticked', () => {
	render(Checkbox, { label: 'All', some: true });
	expect((screen.getByRole('checkbox', { name: 'All' }) as HTMLInputElement).indeterminate).toBe(true);
});

test('a failure says the reason, the request, and how to go on', async () => {
	const retry = vi.fn();
	render(Failure, { problem: new Problem({ detail: 'The database is busy.' }, 503, 'abc'), retry });
	expect(screen.getByText('The database is busy.')).toBeTruthy();
	expect(screen.getByText('Request abc')).toBeTruthy();
	await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
	expect(retry).toHaveBeenCalledOnce();
});

test('no answer at all is told as that', () => {
	render(Failure, { problem: noAnswer() });
	expect(screen.getByText('No connection to Lockstep')).toBeTruthy();
});

test('a filter says what is chosen, and is cleared with one press', async () => {
	const change = vi.fn();
	const choices = [
		{ value: 'draft', label: 'Draft' },
		{ value: 'published', label: 'Published' },
	];
	const { rerender } = render(FilterMenu, { label: 'Status', choices, chosen: [], change });
	await userEvent.click(screen.getByRole('button', { name: /Status/ }));
	await userEvent.click(await screen.findByLabelText('Draft'));
	expect(change).toHaveBeenCalledWith(['draft']);
	await rerender({ chosen: ['draft'] });
	await userEvent.click(screen.getByRole('button', { name: 'Clear Status' }));
	expect(change).toHaveBeenLastCalledWith([]);
});

test('one of several choices is on, and the others are a key away', async () => {
	const change = vi.fn();
	const choices = [
		{ value: 'diff', label: 'Diff' },
		{ value: 'raw', label: 'YAML' },
	];
	render(Segmented, { label: 'View', value: 'diff', choices, change });
	await userEvent.click(screen.getByLabelText('YAML'));
	expect(change).toHaveBeenCalledWith('raw');
});

test('a moment that never was is told', () => {
	render(Time, { at: null });
	expect(screen.getByText('never')).toBeTruthy();
});

test('why something is not possible names who can', () => {
	render(WhyNot, { id: 'why', verdict: { allowed: false, reason: 'You planned it.', who: ['bea', 'cem'] } });
	expect(screen.getByText(/Who can: bea, cem\./)).toBeTruthy();
});

test('a note can be undone; a failure stays and names its request', async () => {
	const run = vi.fn();
	render(Toasts);
	toasts.note('Removed.', { label: 'Undo', run });
	toasts.failure(new Problem({ detail: 'Refused.' }, 409, 'abc'));
	expect((await screen.findByRole('alert')).textContent).toContain('Request abc');
	await userEvent.click(screen.getByRole('button', { name: 'Undo' }));
	expect(run).toHaveBeenCalledOnce();
	await userEvent.click(screen.getByRole('button', { name: 'Close' }));
	expect(screen.queryByRole('alert')).toBeNull();
});

test('a menu opens from the keyboard, says why an item is not possible, and gives the focus back', async () => {
	const run = vi.fn();
	render(Sample, {
		items: [
			{ label: 'Copy', run },
			{ label: 'Remove', refused: 'prod is frozen.' },
		],
	});
	const button = screen.getByRole('button', { name: 'More' });
	button.focus();
	await userEvent.keyboard('{ArrowDown}');
	expect(await screen.findByText('prod is frozen.')).toBeTruthy();
	// jsdom computes no positions, so the list may stay invisible there
	await userEvent.click(await screen.findByText('Copy'));
	expect(run).toHaveBeenCalledOnce();
	await waitFor(() => expect(document.activeElement).toBe(button));
});

test('a panel opens beside its button and closes by Escape', async () => {
	render(Sample, { popover: true });
	await userEvent.click(screen.getByRole('button', { name: 'Status' }));
	expect(await screen.findByText('Published')).toBeTruthy();
	await userEvent.keyboard('{Escape}');
	await waitFor(() => expect(screen.queryByText('Published')).toBeNull());
});

test('a dialog has its title as its name', async () => {
	render(Sample, { dialog: true });
	expect(await screen.findByRole('dialog', { name: 'Remove?' })).toBeTruthy();
});

test('what is asked of the server loads, fails, and comes on the next try', async () => {
	let answer: () => Promise<string> = () => Promise.reject(new Problem({ detail: 'Busy.' }, 503));
	const resource = new Resource(() => answer());
	render(Sample, { resource });
	expect(screen.getByRole('status', { name: 'Loading' })).toBeTruthy();
	await resource.reload();
	expect(await screen.findByText('Busy.')).toBeTruthy();
	answer = () => Promise.resolve('there');
	await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
	expect(await screen.findByText('there')).toBeTruthy();
});

test('the answer of an older question never replaces that of a newer one', async () => {
	const answers: ((text: string) => void)[] = [];
	const resource = new Resource<string>(() => new Promise((done) => answers.push(done)));
	const older = resource.reload();
	const newer = resource.reload();
	answers[1]!('new');
	answers[0]!('old');
	await Promise.all([older, newer]);
	expect(resource.data).toBe('new');
});
