import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import ApprovalsPage from '#lib/components/migrations/ApprovalsPage.svelte';
import ChangeCounts from '#lib/components/migrations/ChangeCounts.svelte';
import Concerns from '#lib/components/migrations/Concerns.svelte';
import DecisionForm from '#lib/components/migrations/DecisionForm.svelte';
import Highlights from '#lib/components/migrations/Highlights.svelte';
import MigrationFilters from '#lib/components/migrations/MigrationFilters.svelte';
import { MigrationList } from '#lib/components/migrations/list.svelte.ts';
import MigrationsPage from '#lib/components/migrations/MigrationsPage.svelte';
import NextStep from '#lib/components/migrations/NextStep.svelte';
import { addressOf, EVERYTHING, queryOf } from '#lib/components/migrations/query.ts';
import { summaryOf } from '#lib/components/migrations/summary.ts';
import { ofMigration } from '#lib/api/plan.ts';
import { activity } from '#lib/stores/activity.svelte.ts';
import { session } from '#lib/stores/session.svelte.ts';
import { shortcuts } from '#lib/stores/shortcuts.svelte.ts';
import { migrationRow, pageOf } from '#tests/mocks/migrations.ts';
import { allowing, change, concern, no, node, plan, view } from '#tests/mocks/plan.ts';
import { Refusal, serve } from '#tests/mocks/server.ts';
import { aSession, anActivity } from '#tests/mocks/shell.ts';

const leaving = vi.hoisted(() => ({ tell: (_: unknown) => {} }));
vi.mock('$app/navigation', () => ({
	goto: vi.fn(),
	beforeNavigate: (told: (_: unknown) => void) => (leaving.tell = told),
}));

const LIST = 'GET /api/v1/migrations';

beforeEach(() => {
	session.current = aSession();
	activity.data = anActivity();
});

function press(key: string) {
	shortcuts.handle(new KeyboardEvent('keydown', { key, cancelable: true }));
}

test('the address of the list holds what it is asked for, and only what is not as usual', () => {
	const address = '?whose=me&search=sales&status=failed&status=rejected&target=prod&author=ben&days=7&asset=u&page=2';
	expect(addressOf(queryOf(new URLSearchParams(address)))).toBe(address);
	expect(addressOf(queryOf(new URLSearchParams('?whose=nobody&days=3&page=-1')))).toBe('?');
});

test('each row says what comes next and by whom, and the keys go from row to row', async () => {
	const others = { what: 'approve', who: ['ben', 'cleo', 'dan'], sentence: 'It needs 1 more approval.' } as const;
	const rows = [migrationRow(2), migrationRow(1, { next: { ...others, who: [...others.who] }, counts: null })];
	serve({ [LIST]: pageOf(rows) });
	render(MigrationsPage, { query: EVERYTHING, change: vi.fn() });
	expect(await screen.findByText('You: approve')).toBeTruthy();
	expect(screen.getByText('ben, cleo and others: approve').getAttribute('title')).toBe('It needs 1 more approval.');
	press('j');
	press('j');
	expect(document.activeElement?.textContent).toBe('Sales 1');
	press('k');
	expect(document.activeElement?.getAttribute('href')).toBe('/migrations/2');
	press('/');
	expect(document.activeElement).toBe(screen.getByRole('searchbox', { name: 'Title or number' }));
});

test('what was just typed does not take back somebody who is on the way to another page', async () => {
	vi.useFakeTimers();
	const set = vi.fn();
	render(MigrationFilters, { query: EVERYTHING, rows: [], set });
	await fireEvent.input(screen.getByRole('searchbox'), { target: { value: 'sales' } });
	const at = (path: string) => ({ url: new URL(path, 'http://localhost') });
	leaving.tell({ from: at('/migrations'), to: at('/migrations/3') });
	await vi.advanceTimersByTimeAsync(1000);
	expect(set).not.toHaveBeenCalled();
	await fireEvent.input(screen.getByRole('searchbox'), { target: { value: 'sales' } });
	leaving.tell({ from: at('/migrations'), to: at('/migrations?status=failed') });
	await vi.advanceTimersByTimeAsync(1000);
	expect(set).toHaveBeenCalledWith({ search: 'sales' });
	vi.useRealTimers();
});

test('filters go into the address at once, the search after a pause or with Enter', async () => {
	const asked = serve({ [LIST]: pageOf([]) });
	const changes = vi.fn();
	const query = { ...EVERYTHING, status: ['failed'], page: 3 };
	render(MigrationsPage, { query, change: changes });
	await screen.findByText('No migration matches');
	expect(asked[0]!.query).toMatchObject({ status: 'failed', page: '3', ordering: '-id' });
	await fireEvent.click(screen.getByRole('radio', { name: /Mine/ }));
	expect(changes).toHaveBeenLastCalledWith({ ...query, whose: 'mine', page: 1 });
	await userEvent.type(screen.getByRole('searchbox'), '#12{Enter}');
	expect(changes).toHaveBeenLastCalledWith({ ...query, search: '#12', page: 1 });
	await fireEvent.click(screen.getByRole('button', { name: 'Clear filters' }));
	expect(changes).toHaveBeenLastCalledWith(EVERYTHING);
});

test('without migrations the list leads to the dashboards', async () => {
	serve({ [LIST]: pageOf([]) });
	render(MigrationsPage, { query: EVERYTHING, change: vi.fn() });
	const link = await screen.findByRole('link', { name: 'Choose dashboards' });
	expect(link.getAttribute('href')).toBe('/dashboards');
});

test('pages are turned, and not beyond the last one', async () => {
	serve({ [LIST]: pageOf([migrationRow(1)], 120) });
	const changes = vi.fn();
	render(MigrationsPage, { query: { ...EVERYTHING, page: 3 }, change: changes });
	expect(await screen.findByText('3 of 3')).toBeTruthy();
	await fireEvent.click(screen.getByRole('button', { name: 'Newer' }));
	expect(changes).toHaveBeenLastCalledWith({ ...EVERYTHING, page: 2 });
	expect(screen.getByRole('button', { name: 'Older' }).getAttribute('aria-disabled')).toBe('true');
});

test('while a list is read nothing moves: what is known is renewed, what is new waits', async () => {
	let rows = [migrationRow(2), migrationRow(1)];
	serve({ [LIST]: () => pageOf(rows) });
	const list = new MigrationList();
	await list.ask({});
	rows = [migrationRow(3), migrationRow(2, { status: 'approved' })];
	await list.refresh();
	expect(list.rows.map(({ id, status }) => [id, status])).toEqual([
		[2, 'approved'],
		[1, 'submitted'],
	]);
	expect(list.fresh).toBe(1);
	list.show();
	expect(list.rows.map(({ id }) => id)).toEqual([3, 2]);
});

test('a number with its sign is searched for as a number', async () => {
	const asked = serve({ [LIST]: pageOf([]) });
	await new MigrationList().ask({ search: ' #12 ' });
	expect(asked[0]!.query.search).toBe('12');
});

test('the filter by an asset can be taken away', async () => {
	const set = vi.fn();
	render(MigrationFilters, { query: { ...EVERYTHING, asset: 'u' }, rows: [], set });
	await fireEvent.click(screen.getByRole('button', { name: /Of one asset/ }));
	expect(set).toHaveBeenCalledWith({ asset: '' });
});

test.each(['mine', 'others', 'wait', 'over'])('what comes next: %s', (state) => {
	const who = { mine: ['ada'], others: ['ben'], wait: [], over: [] }[state]!;
	const what = ({ wait: 'wait', over: 'nothing' } as const)[state as 'wait'] ?? 'submit';
	const { container } = render(NextStep, { next: { what, who, sentence: 'It is on prod.' }, me: 'ada' });
	const texts = { mine: 'You: submit', others: 'ben: submit', wait: 'It is on prod.', over: '' };
	expect(container.textContent?.trim()).toBe(texts[state as 'mine']);
});

test('counts are told in words, too, and nothing is told where there is no plan', () => {
	const { container, rerender } = render(ChangeCounts, { counts: migrationRow(1).counts });
	expect(container.textContent).toContain('+3');
	expect(screen.getByLabelText('losses')).toBeTruthy();
	const none = { create: 0, update: 0, unchanged: 1, orphan: 0, remove: 0, risks: 0, losses: 0 };
	void rerender({ counts: none });
	return waitFor(() => expect(screen.getByText('nothing changes')).toBeTruthy()).then(async () => {
		await rerender({ counts: null });
		expect(container.textContent?.trim()).toBe('');
	});
});

const OVERVIEW = 'GET /api/v1/migrations/12/overview';
const CHANGES = 'GET /api/v1/migrations/12/changes';
const deciding = view({ allowed_actions: allowing('approve', 'reject') });

function inbox(waiting = [migrationRow(12), migrationRow(14)], decided = [migrationRow(9, { status: 'approved' })]) {
	return {
		[LIST]: (_: unknown, url: URL) => pageOf(url.searchParams.has('awaiting_me') ? waiting : decided),
		[OVERVIEW]: deciding,
		[CHANGES]: { count: 1, results: [change('cleaned')] },
		'GET /api/v1/activity': anActivity(),
	};
}

test('the inbox shows the first plan that waits, with its risks and what changes most', async () => {
	serve(inbox());
	const choose = vi.fn();
	const open = vi.fn();
	render(ApprovalsPage, { chosen: null, choose, open });
	expect(await screen.findByText(plan().sentence)).toBeTruthy();
	expect(screen.getByText('2 waiting')).toBeTruthy();
	expect(within(screen.getByRole('list', { name: 'Risks and losses' })).getAllByRole('listitem')).toHaveLength(2);
	expect(await screen.findByText(/SQL −1 \+2/)).toBeTruthy();
	press('j');
	expect(choose).toHaveBeenLastCalledWith(14);
	press('Enter');
	expect(open).toHaveBeenCalledWith(12);
});

test('an empty inbox says what belongs there, and shows what was decided', async () => {
	serve(inbox([]));
	const choose = vi.fn();
	render(ApprovalsPage, { chosen: null, choose, open: vi.fn() });
	expect(await screen.findByText('Nothing to approve')).toBeTruthy();
	await fireEvent.click(screen.getByRole('button', { name: /Sales 9/ }));
	expect(choose).toHaveBeenCalledWith(9);
});

test('what waits again is not listed as decided', async () => {
	serve(inbox([migrationRow(12)], [migrationRow(12)]));
	render(ApprovalsPage, { chosen: null, choose: vi.fn(), open: vi.fn() });
	await screen.findByText('1 waiting');
	expect(screen.queryByText('Decided by you')).toBeNull();
});

test('an approval is of the plan that was read; then the next one is shown', async () => {
	const asked = serve({ ...inbox(), 'POST /api/v1/migrations/12/approve': {} });
	const choose = vi.fn();
	render(ApprovalsPage, { chosen: 12, choose, open: vi.fn() });
	await fireEvent.click(await screen.findByRole('button', { name: 'Approve this plan' }));
	await waitFor(() => expect(choose).toHaveBeenCalledWith(null));
	const sent = asked.find(({ path }) => path.endsWith('/approve'));
	expect(sent?.body).toEqual({ checksum: plan().checksum, note: '' });
});

const form = { id: 12, checksum: plan().checksum, checks: plan().checks, decided: () => Promise.resolve() };

test('a rejection without a note asks for it, and is not sent', async () => {
	const asked = serve({});
	render(DecisionForm, { ...form, actions: allowing('approve', 'reject') });
	await fireEvent.click(screen.getByRole('button', { name: 'Reject' }));
	expect(screen.getByText('To reject, write a note to the author first.')).toBeTruthy();
	expect(document.activeElement).toBe(screen.getByRole('textbox'));
	expect(asked).toEqual([]);
});

test('a refusal of the server stands at the form, and the note stays', async () => {
	let answer = (_: unknown) => {};
	const route = () => new Promise((resolve) => (answer = resolve));
	serve({ 'POST /api/v1/migrations/12/reject': route });
	const { container } = render(DecisionForm, { ...form, actions: allowing('approve', 'reject') });
	await userEvent.type(screen.getByRole('textbox'), 'Not yet');
	await fireEvent.click(screen.getByRole('button', { name: 'Reject' }));
	await waitFor(() => expect(container.querySelector('form')!.dataset.state).toBe('sending'));
	answer(new Refusal(409, { detail: 'There is a newer plan.' }));
	expect(await screen.findByText('There is a newer plan.')).toBeTruthy();
	expect((screen.getByRole('textbox') as HTMLTextAreaElement).value).toBe('Not yet');
});

test('who may not decide reads why, and who can', () => {
	const actions = { approve: no('You planned it.', 'ben'), reject: no('You planned it.', 'ben') };
	const { container } = render(DecisionForm, { ...form, actions });
	expect(container.querySelector('form')!.dataset.state).toBe('closed');
	expect(screen.getByText(/Who can: ben/)).toBeTruthy();
	expect(screen.queryByRole('textbox')).toBeNull();
});

test('what is new since a decision comes instead of what changes most', async () => {
	const since = { decision: 1, actor: 'ben', at: '2026-11-29T20:00:00Z', checksum: 'a', beside: false };
	const document = plan({ since });
	document.nodes = document.nodes.map((each) => ({ ...each, new: each.uuid === 'boys' }));
	serve({ [CHANGES]: { count: 0, results: [] } });
	render(Highlights, { id: 12, plan: document, source: ofMigration(12) });
	expect(screen.getByText('New since the decision of ben')).toBeTruthy();
	expect(screen.getByRole('link', { name: 'Boys' }).getAttribute('href')).toBe('/migrations/12?change=boys');
	expect(await screen.findByText('3 differences')).toBeTruthy();
});

test('where only access changed since a decision, that is said, and not “Nothing.”', () => {
	const since = { decision: 1, actor: 'ben', at: '2026-11-29T20:00:00Z', checksum: 'a', beside: true };
	const document = plan({ since });
	document.nodes = document.nodes.map((each) => ({ ...each, new: false }));
	serve({ [CHANGES]: { count: 0, results: [] } });
	render(Highlights, { id: 12, plan: document, source: ofMigration(12) });
	expect(screen.getByText(/^What travels beside the documents changed since then/)).toBeTruthy();
	expect(screen.queryByText('Nothing.')).toBeNull();
});

test('risks lead to their assets, and notes are left to the plan', () => {
	const concerns = [concern(), concern({ kind: 'loss', assets: [] }), concern({ kind: 'note' })];
	render(Concerns, { id: 12, concerns, nodes: [] });
	expect(screen.getAllByRole('listitem')).toHaveLength(2);
	expect(screen.getByRole('link', { name: 'Show' }).getAttribute('href')).toContain('?about=used_though_removed.1');
});

test('a risk says what it is about: the first five lines, all on request, and links to who uses the asset', async () => {
	const lines = ['Executive View', 'b', 'c', 'd', 'e', 'f'];
	const user = { uuid: 'x', kind: 'dashboard' as const, name: 'Executive View', url: 'https://prod.example/x' };
	const nodes = [node('births', 'dataset', 'update', { used_by: [user] })];
	render(Concerns, { id: 12, concerns: [concern({ lines })], nodes });
	const list = () => within(screen.getByRole('list', { name: 'What it is about' })).getAllByRole('listitem');
	expect(list()).toHaveLength(5);
	expect(screen.getByRole('link', { name: 'Executive View' }).getAttribute('href')).toBe('https://prod.example/x');
	await fireEvent.click(screen.getByRole('button', { name: 'Show all 6' }));
	expect(list().map((each) => each.textContent!.trim())).toEqual(lines);
});

test('a change is summed up in one line', () => {
	expect(summaryOf(change('cleaned'))).toBe(
		'2 moved, 1 added, 1 removed; Colour scheme, Filter Country: default and 3 more; SQL −1 +2',
	);
});
