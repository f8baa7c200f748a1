import './browser.ts';
import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import * as api from '#lib/api/catalogue.ts';
import { noAnswer, Problem } from '#lib/api/problem.ts';
import { activity } from '#lib/stores/activity.svelte.ts';
import { drawer } from '#lib/stores/drawer.svelte.ts';
import { handover } from '#lib/stores/handover.svelte.ts';
import { environments, matrixOf } from '#lib/stores/matrix.svelte.ts';
import { selection } from '#lib/stores/selection.svelte.ts';
import { session } from '#lib/stores/session.svelte.ts';
import { shell } from '#lib/stores/shell.svelte.ts';
import { shortcuts } from '#lib/stores/shortcuts.svelte.ts';
import { brief, matrix, MAY, pageOf } from '#tests/mocks/catalogue.ts';
import { environment } from '#tests/mocks/environments.ts';
import Harness from './HubHarness.svelte';

const goto = vi.hoisted(() => vi.fn(async () => {}));
const leaving = vi.hoisted(() => ({ tell: (_: unknown) => {} }));
vi.mock('$app/navigation', () => ({ goto, beforeNavigate: (told: (_: unknown) => void) => (leaving.tell = told) }));
vi.mock('#lib/api/catalogue.ts', async (original) => ({
	...(await original<typeof api>()),
	getMatrix: vi.fn(),
	listEnvironments: vi.fn(),
	startSync: vi.fn(),
	startComparison: vi.fn(),
	getTask: vi.fn(),
}));

addEventListener('keydown', shortcuts.handle);
const LIST = ['dev', 'stage', 'prod'].map((slug) => environment({ ...brief(slug) }));

function server(whole: api.Matrix) {
	vi.mocked(api.getMatrix).mockImplementation(async (slug, kind, offset) => ({
		...pageOf(whole, kind, offset),
		environment: { ...whole.environment, slug },
	}));
}

// Panels are loaded when they are needed; a busy machine takes its time
beforeAll(() => import('#lib/components/ui/PopoverPanel.svelte').then(() => {}), 60_000);

beforeEach(() => {
	window.innerWidth = 1440;
	localStorage.clear();
	goto.mockClear();
	vi.mocked(api.startSync).mockClear();
	vi.mocked(api.listEnvironments).mockResolvedValue(LIST);
	server(matrix(60));
});

afterEach(() => {
	environments.reset();
	for (const kind of ['dashboard', 'chart', 'dataset'] as const) {
		const store = matrixOf(kind);
		Object.assign(store, { slug: '', data: undefined, problem: undefined });
		for (const { slug } of LIST) selection.clear(`${slug} ${kind}`);
	}
	session.current = null;
});

const state = () => document.querySelector('[data-hub] > [data-state]')?.getAttribute('data-state');

async function hub(address = 'env=dev&against=prod', kind: api.Kind = 'dashboard') {
	const shown = render(Harness, { kind, address });
	await screen.findByRole('row', { name: /Sales Dashboard sales / });
	return shown;
}

const rowAt = (index: number) => document.querySelector<HTMLElement>(`[aria-rowindex="${index + 2}"]`)!;
const tickAt = (index: number, shiftKey = false) =>
	fireEvent.click(rowAt(index).querySelector('[data-tick]')!, { shiftKey });
const bar = () => screen.getByRole('region', { name: 'Selection' });
const address = () => document.querySelector('[data-address]')!.getAttribute('data-address')!;

test('a skeleton stands while the rows are on their way', async () => {
	vi.mocked(api.getMatrix).mockReturnValue(new Promise(() => {}));
	render(Harness, { kind: 'dashboard', address: 'env=dev' });
	expect(state()).toBe('loading');
	expect(screen.getByRole('status', { name: 'Loading' })).toBeTruthy();
});

test('without an environment the first step is to add one', async () => {
	vi.mocked(api.listEnvironments).mockResolvedValue([]);
	session.current = { user: {}, permissions: [{ what: '*', where: '*' }] } as never;
	render(Harness, { kind: 'dashboard', address: '' });
	const add = await screen.findByRole('link', { name: 'Add environment' });
	expect(add.getAttribute('href')).toBe('/environments/new');
	expect(state()).toBe('first');
	expect(api.getMatrix).not.toHaveBeenCalled();
});

test('whoever may not add environments reads why, and who can', async () => {
	vi.mocked(api.listEnvironments).mockResolvedValue([]);
	const add_environment = { allowed: false, reason: 'You may not add environments.', who: ['grace'] };
	session.current = { user: {}, permissions: [], allowed_actions: { add_environment } } as never;
	render(Harness, { kind: 'dashboard', address: '' });
	const add = await screen.findByRole('button', { name: 'Add environment' });
	expect(document.getElementById(add.getAttribute('aria-describedby')!)!.textContent).toContain('Who can: grace');
});

test('the preferred environment is shown first, else the first', async () => {
	session.current = { user: { preferences: { environment: 'stage' } }, permissions: [] } as never;
	render(Harness, { kind: 'dashboard', address: '' });
	await waitFor(() => expect(api.getMatrix).toHaveBeenCalledWith('stage', 'dashboard', 0, expect.anything()));
});

test('an environment that was never read offers a sync', async () => {
	const task = { id: 9, state: 'queued' as const, finished: null };
	vi.mocked(api.startSync).mockResolvedValue(task);
	vi.mocked(api.getTask).mockResolvedValue(task);
	server(matrix(0, { environment: brief('dev', { catalogue: null }) }));
	render(Harness, { kind: 'dashboard', address: 'env=dev' });
	await fireEvent.click(await screen.findByRole('button', { name: 'Sync dev' }));
	await waitFor(() => expect(drawer.current).toBe(9));
	expect(state()).toBe('unsynced');
	expect(screen.getByText('syncing')).toBeTruthy();
	matrixOf('dashboard').syncing = [];
});

test('a sync that is refused says why and who can', async () => {
	const sync = { allowed: false, reason: 'You may not sync dev.', who: ['ada', 'linus'] };
	const nothing = matrix(0, { environment: brief('dev', { catalogue: null }) });
	server({ ...nothing, allowed_actions: { ...nothing.allowed_actions, sync } });
	render(Harness, { kind: 'dashboard', address: 'env=qb' });
	const button = await screen.findByRole('button', { name: 'Sync qb' });
	await fireEvent.click(button);
	expect(api.startSync).not.toHaveBeenCalled();
	expect(document.getElementById(button.getAttribute('aria-describedby')!)!.textContent).toContain('ada, linus');
});

test('an environment without dashboards says so', async () => {
	server(matrix(0));
	render(Harness, { kind: 'dashboard', address: 'env=dev' });
	expect(await screen.findByText('Nothing here on dev')).toBeTruthy();
	expect(state()).toBe('empty');
});

test('a failure names its cause, and a second try brings the rows', async () => {
	vi.mocked(api.getMatrix).mockRejectedValueOnce(new Problem({ detail: 'The database is full.' }, 500));
	render(Harness, { kind: 'dashboard', address: 'env=qa' });
	expect(await screen.findByText('The database is full.')).toBeTruthy();
	expect(state()).toBe('failed');
	await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
	await waitFor(() => expect(state()).toBe('ready'));
});

test('without a connection the rows stay, and say that they are old', async () => {
	await hub();
	vi.mocked(api.getMatrix).mockRejectedValue(noAnswer());
	await matrixOf('dashboard').reload();
	await waitFor(() => expect(state()).toBe('stale'));
	expect(screen.getByRole('alert').textContent).toContain('No connection to Lockstep');
	expect(rowAt(0)).toBeTruthy();
});

test('filters that leave nothing are cleared by one button', async () => {
	render(Harness, { kind: 'dashboard', address: 'env=dev&q=zzz' });
	await screen.findByText('Nothing matches');
	expect(state()).toBe('unmatched');
	await fireEvent.click(screen.getAllByRole('button', { name: 'Clear filters' })[1]!);
	await waitFor(() => expect(state()).toBe('ready'));
	expect(address()).toBe('env=dev');
});

test('the grid tells how many rows there are, and draws only some', async () => {
	server(matrix(1024));
	await hub();
	const grid = screen.getByRole('grid');
	await waitFor(() => expect(grid.getAttribute('aria-rowcount')).toBe('1025'));
	expect(grid.querySelectorAll('[role=row]').length).toBeLessThan(120);
});

test('what is typed filters at once, and is in the address after a pause', async () => {
	await hub();
	await fireEvent.input(screen.getByRole('searchbox'), { target: { value: 'slack' } });
	expect(screen.getByRole('grid').getAttribute('aria-rowcount')).toBe('8');
	expect(address()).not.toContain('q=');
	await waitFor(() => expect(address()).toBe('env=dev&against=prod&q=slack'));
	expect(screen.getByText('7 of 60')).toBeTruthy();
});

test('a press on a head sorts, and says so', async () => {
	await hub();
	const head = () => screen.getByRole('columnheader', { name: 'Dashboard' });
	expect(screen.getByRole('columnheader', { name: 'Changed' }).getAttribute('aria-sort')).toBe('descending');
	await fireEvent.click(within(head()).getByRole('button'));
	expect(head().getAttribute('aria-sort')).toBe('ascending');
	expect(rowAt(0).textContent).toContain('deck.gl Demo');
	expect(address()).toContain('sort=name');
});

test('selected rows can be migrated, except those that are being written', async () => {
	await hub();
	await tickAt(0);
	await tickAt(7, true);
	expect(bar().textContent).toContain('8 selected');
	expect(bar().textContent).toContain('1 cannot migrate now.');
	expect(within(bar()).getByRole('link', { name: 'by migration 11' }).getAttribute('href')).toBe('/migrations/11');
	await fireEvent.click(within(bar()).getByRole('button', { name: 'Migrate 7' }));
	const [to] = goto.mock.calls[0] as unknown as [string];
	const search = new URL(to, 'http://lockstep.test').searchParams;
	expect(search.get('target')).toBe('prod');
	expect(search.get('dashboards')!.split(',')).toHaveLength(7);
});

test('more than an address holds is handed over', async () => {
	await hub();
	await fireEvent.click(screen.getByRole('checkbox', { name: 'Select all 60 that match' }));
	expect(screen.getByRole('grid').dataset.state).toBe('all');
	await fireEvent.click(within(bar()).getByRole('button', { name: 'Migrate 59' }));
	expect(goto).toHaveBeenCalledWith('/migrations/new?source=dev&target=prod');
	expect(handover.for('dev', 'prod')).toHaveLength(59);
	expect(handover.for('dev', 'stage')).toEqual([]);
});

test('a comparison opens its task and its page', async () => {
	vi.mocked(api.startComparison).mockResolvedValue({ id: 41, state: 'queued', finished: null });
	await hub();
	await tickAt(1);
	expect(bar().dataset.state).toBe('possible');
	await fireEvent.click(within(bar()).getByRole('button', { name: 'Compare 1' }));
	await waitFor(() => expect(goto).toHaveBeenCalledWith('/compare/41'));
	expect(drawer.current).toBe(41);
	expect(api.startComparison).toHaveBeenCalledWith('dev', 'prod', [matrix(2).rows[1]!.uuid]);
});

test('an action that I may not do stays, with who can', async () => {
	const migrate = { prod: { allowed: false, reason: 'You may not plan for prod.', who: ['grace'] } };
	server(matrix(60, { allowed_actions: { migrate, compare: { prod: MAY }, sync: MAY } }));
	await hub();
	await tickAt(0);
	const button = within(bar()).getByRole('button', { name: 'Migrate' });
	await fireEvent.click(button);
	expect(goto).not.toHaveBeenCalled();
	expect(document.getElementById(button.getAttribute('aria-describedby')!)!.textContent).toContain('grace');
});

test('a selection survives filters, says what is not shown, and can be widened', async () => {
	await hub();
	await tickAt(0);
	await fireEvent.input(screen.getByRole('searchbox'), { target: { value: 'slack' } });
	expect(bar().textContent).toContain('(1 not shown)');
	await fireEvent.click(within(bar()).getByRole('button', { name: 'Select all 7 that match' }));
	expect(bar().textContent).toContain('8 selected');
});

test('who goes on to another page is not taken back by what was just typed', async () => {
	await hub();
	const before = address();
	vi.useFakeTimers();
	await fireEvent.input(screen.getByRole('searchbox'), { target: { value: 'slack' } });
	const at = (path: string) => ({ url: new URL(path, 'http://localhost') });
	leaving.tell({ from: at('/dashboards'), to: at('/migrations/new') });
	await vi.advanceTimersByTimeAsync(1000);
	vi.useRealTimers();
	expect(address()).toBe(before);
});

test('a selection is kept for each environment apart', async () => {
	await hub();
	await tickAt(0);
	await fireEvent.click(screen.getByRole('radio', { name: /stage/ }));
	await waitFor(() => expect(api.getMatrix).toHaveBeenCalledWith('stage', 'dashboard', 0, expect.anything()));
	await waitFor(() => expect(screen.queryByRole('region', { name: 'Selection' })).toBeNull());
	await fireEvent.click(screen.getByRole('radio', { name: /dev/ }));
	await waitFor(() => expect(bar().textContent).toContain('1 selected'));
});

test('keys move, select, open and clear', async () => {
	await hub();
	const press = (key: string, more = {}) => fireEvent.keyDown(document.activeElement!, { key, ...more });
	await press('j');
	await waitFor(() => expect(document.activeElement).toBe(rowAt(0)));
	await press('j');
	await waitFor(() => expect(document.activeElement).toBe(rowAt(1)));
	await press('x');
	expect(rowAt(1).getAttribute('aria-selected')).toBe('true');
	await press('ArrowDown', { shiftKey: true });
	await waitFor(() => expect(document.activeElement).toBe(rowAt(2)));
	expect(rowAt(2).dataset.state).toBe('on');
	expect(rowAt(3).dataset.state).toBe('off');
	await press('Enter');
	expect(goto).toHaveBeenCalledWith(`/assets/dev/dashboard/${matrix(3).rows[2]!.uuid}`);
	await press('Escape');
	expect(screen.queryByRole('region', { name: 'Selection' })).toBeNull();
	expect(rowAt(2).getAttribute('tabindex')).toBe('0');
	expect(rowAt(0).getAttribute('tabindex')).toBe('-1');
});

test('a slash goes to the search, Escape there empties it', async () => {
	await hub('env=dev&q=sales');
	await fireEvent.keyDown(document.body, { key: '/' });
	const field = screen.getByRole<HTMLInputElement>('searchbox');
	expect(document.activeElement).toBe(field);
	await fireEvent.keyDown(field, { key: 'Escape' });
	expect(field.value).toBe('');
});

test('a filter shows how many rows each value would bring, and narrows', async () => {
	await hub();
	await fireEvent.click(within(screen.getByRole('search')).getByRole('button', { name: 'Owner' }));
	const choice = await screen.findByRole('checkbox', { name: 'bi_team' });
	expect(choice.closest('div')!.textContent).toContain('15');
	await fireEvent.click(choice);
	await waitFor(() => expect(address()).toContain('owner=bi_team'));
	expect(screen.getByRole('grid').getAttribute('aria-rowcount')).toBe('16');
});

test('columns are chosen, and stay chosen', async () => {
	await hub();
	await fireEvent.click(screen.getByRole('button', { name: 'Columns' }));
	await fireEvent.click(await screen.findByRole('checkbox', { name: 'Tags' }));
	await waitFor(() => expect(screen.queryByRole('columnheader', { name: 'Tags' })).toBeNull());
	expect(localStorage.getItem('lockstep.columns.dashboard')).not.toContain('tags');
	expect(address()).not.toContain('tags');
});

test('charts offer a sync, and a migration by way of their dashboards', async () => {
	await hub('env=dev&against=prod', 'chart');
	await tickAt(0);
	const button = within(bar()).getByRole('button', { name: 'Migrate' });
	expect(button.getAttribute('aria-disabled')).toBe('true');
	expect(document.getElementById(button.getAttribute('aria-describedby')!)!.textContent).toContain(
		'Select the dashboards that use it',
	);
	expect(within(bar()).getByRole('button', { name: /Sync 1/ })).toBeTruthy();
	expect(screen.queryByRole('columnheader', { name: 'Status' })).toBeNull();
});

test('a sync that failed is not hidden by an older one that did not', async () => {
	const failed = brief('dev', { catalogue: { finished: '2026-11-28T10:00:00Z', counts: {}, error: { kind: 'x' } } });
	server(matrix(60, { environment: failed }));
	await hub();
	expect(await screen.findByText('The last sync failed')).toBeTruthy();
});

test('of a thousand rows only those in sight are in the page, wherever it is scrolled to', async () => {
	vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
	server(matrix(1000));
	await hub();
	const grid = screen.getByRole('grid');
	for (const top of [0, 360, 18_000, 35_000]) {
		grid.scrollTop = top;
		await fireEvent.scroll(grid);
		const shown = [...grid.querySelectorAll('[role=rowgroup] [role=row]')].map((each) =>
			Number(each.getAttribute('aria-rowindex')),
		);
		expect(shown.length).toBeLessThanOrEqual(120);
		for (let at = 0; at < 24; at++) expect(shown).toContain(Math.floor(top / 36) + at + 2);
	}
	vi.restoreAllMocks();
});

test('the page says which list of which environment it is', async () => {
	await hub();
	expect(shell.page).toEqual({ title: 'Dashboards', crumbs: [{ label: 'dev', href: '/environments/dev' }] });
});

test('keys of the drawer tick and clear nothing here', async () => {
	await hub();
	await tickAt(0);
	const box = document.body.appendChild(document.createElement('aside'));
	box.dataset.drawer = '';
	for (const key of ['j', 'x', 'Escape']) await fireEvent.keyDown(box, { key });
	expect(bar().textContent).toContain('1 selected');
	box.remove();
});

test('its keys are listed', async () => {
	await hub();
	const labels = shortcuts.list.map((each) => each.label?.());
	expect(labels).toEqual(expect.arrayContaining(['Search', 'Next row', 'Select the row', 'Clear the selection']));
});

test('all that cannot migrate are listed with their reasons', async () => {
	const whole = matrix(60);
	const busy = { task: 40, migration: 11, actor: 'ada', since: '2026-11-29T11:57:00Z' };
	server({ ...whole, rows: whole.rows.map((row, at) => (at < 6 ? { ...row, busy } : row)) });
	await hub();
	await fireEvent.click(screen.getByRole('checkbox', { name: 'Select all 60 that match' }));
	await fireEvent.click(within(bar()).getByRole('button', { name: 'And 3 more.' }));
	const panel = await screen.findByRole('dialog', { name: '6 cannot migrate now.' });
	expect(within(panel).getAllByRole('listitem')).toHaveLength(6);
	expect(within(panel).getAllByRole('link', { name: 'by migration 11' })).toHaveLength(6);
});

function hear(facts: object) {
	const tasks = [{ id: 70, plugin: 'catalogue', action: 'sync', environment: 'prod', state: 'succeeded', ...facts }];
	activity.hear({ type: 'activity', counts: {}, tasks } as never);
}

test('what others change is told, and shown when asked for', async () => {
	session.current = { user: { username: 'ada' }, permissions: [] } as never;
	await hub();
	vi.mocked(api.getMatrix).mockClear();
	hear({ id: 71, environment: 'qa', actor: 'bob' });
	hear({ id: 72, state: 'running', actor: 'bob' });
	hear({ id: 73, state: 'failed', actor: 'bob' });
	await Promise.resolve();
	expect(screen.queryByRole('button', { name: /catalogue has changed/ })).toBeNull();
	hear({ id: 74, plugin: 'migrations', action: 'apply', state: 'failed', actor: 'bob' });
	const show = await screen.findByRole('button', { name: 'The catalogue has changed: show' });
	expect(api.getMatrix).not.toHaveBeenCalled();
	await fireEvent.click(show);
	expect(api.getMatrix).toHaveBeenCalledOnce();
	await waitFor(() => expect(screen.queryByRole('button', { name: /catalogue has changed/ })).toBeNull());
	hear({ id: 74, plugin: 'migrations', action: 'apply', state: 'failed', actor: 'bob' });
	await Promise.resolve();
	expect(screen.queryByRole('button', { name: /catalogue has changed/ })).toBeNull();
});

test('what I have done is shown at once', async () => {
	session.current = { user: { username: 'ada' }, permissions: [] } as never;
	await hub();
	vi.mocked(api.getMatrix).mockClear();
	hear({ id: 80, plugin: 'migrations', action: 'apply', actor: 'ada' });
	await waitFor(() => expect(api.getMatrix).toHaveBeenCalledOnce());
	expect(screen.queryByRole('button', { name: /catalogue has changed/ })).toBeNull();
});
