import { render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import CommandPalette from '#lib/components/shell/CommandPalette.svelte';
import { actions, addressOf, matching, pages } from '#lib/components/shell/palette.ts';
import { recentOf, remember } from '#lib/components/shell/recent.ts';
import { locale } from '#lib/stores/locale.svelte.ts';
import { session } from '#lib/stores/session.svelte.ts';
import { shell } from '#lib/stores/shell.svelte.ts';
import { theme } from '#lib/stores/theme.svelte.ts';
import { aSession, DOWN, serve } from '#tests/mocks/shell.ts';
import { fillJsdom, kit } from './setup.ts';

vi.mock('$app/state', async () => (await import('./setup.ts')).kit);
vi.mock('$app/navigation', async () => ({ goto: (await import('./setup.ts')).kit.goto }));

const SEARCH = 'GET /api/v1/search';
const sales = { type: 'dashboard', title: 'Sales Dashboard', hint: 'dev', environment: 'dev', id: 'u-1' };
const twelve = { type: 'migration', title: 'Sales to prod', hint: '#12', environment: 'prod', id: '12' };
const phase = () => document.querySelector('[role=dialog] [data-state]:has([role=status])')?.getAttribute('data-state');
const field = () => screen.findByRole('combobox');

beforeEach(() => {
	fillJsdom();
	localStorage.clear();
	kit.goto.mockClear();
	session.current = aSession();
	session.state = 'here';
	shell.palette = true;
});

afterEach(() => vi.unstubAllGlobals());

test('pages and actions are there at once, for the keyboard alone', async () => {
	render(CommandPalette);
	await field();
	expect(phase()).toBe('start');
	await userEvent.type(await field(), 'envir');
	await userEvent.keyboard('{Enter}');
	expect(kit.goto).toHaveBeenCalledWith('/environments');
	expect(shell.palette).toBe(false);
});

test('what the server finds is chosen with the arrows and remembered', async () => {
	const calls = serve({ [SEARCH]: { results: [sales, twelve] } });
	render(CommandPalette);
	await userEvent.type(await field(), 'sales');
	const found = await screen.findByText('Sales to prod');
	expect(phase()).toBe('found');
	expect(calls).toHaveLength(1);
	expect(calls[0]!.query.get('q')).toBe('sales');
	expect(within(found.closest('[data-command-group]') as HTMLElement).getByText('Migrations')).toBeTruthy();
	await userEvent.keyboard('{ArrowDown}{ArrowUp}{End}{Enter}');
	expect(kit.goto).toHaveBeenCalledWith('/migrations/12');
	expect(recentOf('ada').map((each) => each.title)).toEqual(['Sales to prod']);
});

test('what was chosen lately stands first', async () => {
	remember('ada', { type: 'dashboard', title: 'Sales Dashboard', hint: 'dev', href: '/assets/dev/dashboard/u-1' });
	remember('grace', { type: 'task', title: 'Somebody else’s', hint: '', href: '/tasks/1' });
	render(CommandPalette);
	await field();
	expect(screen.getAllByRole('option')[0]!.textContent).toContain('Sales Dashboard');
	expect(screen.queryByText('Somebody else’s')).toBeNull();
});

test('while the server is asked it says so, and that there is nothing', async () => {
	let answer = (_: unknown) => {};
	serve({ [SEARCH]: () => new Promise((resolve) => (answer = resolve)) });
	render(CommandPalette);
	await userEvent.type(await field(), 'zzz');
	expect(phase()).toBe('searching');
	expect(screen.getByRole('status').textContent).toBe('Searching');
	await new Promise((resolve) => setTimeout(resolve, 250));
	answer({ results: [] });
	await vi.waitFor(() => expect(phase()).toBe('nothing'));
	expect(screen.getByRole('status').textContent).toContain('“zzz”');
});

test('without a server, pages and actions are still found', async () => {
	serve({ [SEARCH]: DOWN });
	render(CommandPalette);
	await userEvent.type(await field(), 'tasks');
	await vi.waitFor(() => expect(phase()).toBe('failed'));
	expect(screen.getAllByRole('option').length).toBeGreaterThan(0);
});

test('Escape closes it', async () => {
	render(CommandPalette);
	await userEvent.type(await field(), '{Escape}');
	expect(shell.palette).toBe(false);
});

test('actions do what they say', () => {
	serve({ 'PATCH /api/v1/session/preferences': session.current!.user.preferences });
	const named = (title: string) => matching(actions(), title)[0]!;
	named('theme dark').run();
	expect(theme.current).toBe('dark');
	named('new migration').run();
	expect(kit.goto).toHaveBeenCalledWith('/migrations/new');
	named('add environment').run();
	expect(kit.goto).toHaveBeenCalledWith('/environments/new');
	named('keys').run();
	expect(shell.keys).toBe(true);
	expect(matching(actions(), 'admin')).toHaveLength(0);
	session.current = aSession({ staff: true });
	expect(matching(actions(), 'admin')).toHaveLength(1);
	theme.set('system');
	locale.set('en');
	shell.keys = false;
});

test('each word of the text has to be there, whatever its case', () => {
	expect(matching(pages(), 'DASH').map((each) => each.title)).toEqual(['Dashboards']);
	expect(matching(actions(), 'new dark')).toEqual([]);
});

test('everything that can be found has an address', () => {
	expect(addressOf({ type: 'chart', environment: 'dev', id: 'u-2' })).toBe('/assets/dev/chart/u-2');
	expect(addressOf({ type: 'task', environment: 'prod', id: '41' })).toBe('/tasks/41');
	expect(addressOf({ type: 'environment', environment: null, id: 'prod' })).toBe('/environments/prod');
});

test('what is kept of the past is not trusted', () => {
	localStorage.setItem('lockstep.recent.ada', '[{"href":"https://evil.example","title":"x","type":"task"}, null]');
	expect(recentOf('ada')).toEqual([]);
	localStorage.setItem('lockstep.recent.ada', 'nonsense');
	expect(recentOf('ada')).toEqual([]);
});
