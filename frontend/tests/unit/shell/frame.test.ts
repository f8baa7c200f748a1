import { fireEvent, render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { createRawSnippet, tick } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import ActivityBadge from '#lib/components/shell/ActivityBadge.svelte';
import Banners from '#lib/components/shell/Banners.svelte';
import { focusTitle } from '#lib/components/shell/focus.ts';
import Frame from '#lib/components/shell/Frame.svelte';
import Health from '#lib/components/shell/Health.svelte';
import HealthPanel from '#lib/components/shell/HealthPanel.svelte';
import KeysHelp from '#lib/components/shell/KeysHelp.svelte';
import LookMenus from '#lib/components/shell/LookMenus.svelte';
import { choose } from '#lib/components/shell/looks.ts';
import Lost from '#lib/components/shell/Lost.svelte';
import Sidebar from '#lib/components/shell/Sidebar.svelte';
import TopBar from '#lib/components/shell/TopBar.svelte';
import UserMenu from '#lib/components/shell/UserMenu.svelte';
import { activity } from '#lib/stores/activity.svelte.ts';
import { connection } from '#lib/stores/connection.svelte.ts';
import { drawer } from '#lib/stores/drawer.svelte.ts';
import { locale } from '#lib/stores/locale.svelte.ts';
import { session } from '#lib/stores/session.svelte.ts';
import { shell } from '#lib/stores/shell.svelte.ts';
import { shortcuts } from '#lib/stores/shortcuts.svelte.ts';
import { anActivity, anEnvironment, aSession, aTask, deadWorker, FakeSocket, serve } from '#tests/mocks/shell.ts';
import { fillJsdom, kit } from './setup.ts';

vi.mock('$app/state', async () => (await import('./setup.ts')).kit);
vi.mock('$app/navigation', async () => ({ goto: (await import('./setup.ts')).kit.goto, afterNavigate: () => {} }));

const state = (root: ParentNode = document) =>
	[...root.querySelectorAll('[data-state]')].map((each) => each.getAttribute('data-state'));

beforeEach(() => {
	fillJsdom();
	vi.stubGlobal('WebSocket', FakeSocket);
	vi.stubGlobal('requestIdleCallback', (run: () => void) => setTimeout(run));
	serve({ 'GET /api/v1/activity': anActivity({ decisions: 2 }) });
	kit.page = { url: new URL('http://localhost/dashboards'), status: 200 };
	session.current = aSession();
	session.state = 'here';
	activity.data = anActivity();
	connection.lost = null;
	connection.back = false;
	shell.page = null;
	shell.menu = shell.palette = shell.keys = false;
	shell.collapse(false);
	drawer.close();
});

afterEach(() => vi.unstubAllGlobals());

test('the sidebar leads to every page, marks this one, and counts what waits', async () => {
	activity.data = anActivity({ decisions: 2, running: 1 });
	render(Sidebar);
	const links = screen.getAllByRole('link').map((each) => each.getAttribute('href'));
	expect(links).toEqual(
		expect.arrayContaining([
			'/dashboards',
			'/charts',
			'/datasets',
			'/migrations',
			'/approvals',
			'/tasks',
			'/environments',
			'/mappings',
		]),
	);
	expect(screen.getByRole('link', { name: 'Dashboards' }).getAttribute('aria-current')).toBe('page');
	expect(screen.getByRole('link', { name: /Approvals/ }).textContent).toContain('2 wait for you');
	expect(screen.queryByRole('link', { name: 'Admin' })).toBeNull();
});

test('staff find the admin', () => {
	session.current = aSession({ staff: true });
	render(Sidebar);
	expect(screen.getByRole('link', { name: 'Admin' }).getAttribute('href')).toBe('/admin/');
});

test('a page below an entry marks the entry', () => {
	kit.page = { url: new URL('http://localhost/migrations/12'), status: 200 };
	render(Sidebar);
	expect(screen.getByRole('link', { name: 'Migrations' }).getAttribute('aria-current')).toBe('true');
});

test('collapsed, the sidebar keeps its names for whoever asks, and opens again', async () => {
	render(Sidebar);
	await fireEvent.click(screen.getByRole('button', { name: 'Collapse sidebar' }));
	expect(localStorage.getItem('lockstep.sidebar')).toBe('collapsed');
	expect(screen.getByRole('link', { name: 'Charts' }).textContent).not.toContain('Charts');
	await fireEvent.click(screen.getByRole('button', { name: 'Expand sidebar' }));
	expect(state()).toContain('wide');
});

test('the bar shows what the page says of itself', async () => {
	render(TopBar);
	expect(within(screen.getByRole('navigation')).getByText('Dashboards')).toBeTruthy();
	shell.page = { title: 'Sales to prod', crumbs: [{ label: 'Migrations', href: '/migrations' }] };
	await tick();
	const crumbs = within(screen.getByRole('navigation', { name: 'Breadcrumb' }));
	expect(crumbs.getByRole('link', { name: 'Migrations' }).getAttribute('href')).toBe('/migrations');
	expect(crumbs.getByText('Sales to prod').getAttribute('aria-current')).toBe('page');
});

test.each([
	['idle', {}, 'Nothing running'],
	['queued', { queued: 1 }, '1 queued'],
	['running', { running: 2, queued: 1 }, '2 running'],
	['waiting', { running: 2, waiting: 1 }, '1 needs an answer'],
])('the badge is %s', (name, numbers, text) => {
	activity.data = anActivity(numbers);
	render(ActivityBadge);
	expect(screen.getByRole('button').textContent).toContain(text);
	expect(state()).toEqual([name]);
});

test('without a connection the badge says so', () => {
	connection.lost = new Date();
	render(ActivityBadge);
	expect(screen.getByRole('button').getAttribute('data-state')).toBe('offline');
});

test('the badge opens the drawer at the one task that it speaks of, and closes it', async () => {
	activity.data = anActivity({ running: 1, tasks: [aTask(41), aTask(40, { state: 'succeeded' })] });
	render(ActivityBadge);
	await fireEvent.click(screen.getByRole('button'));
	expect([drawer.isOpen, drawer.current]).toEqual([true, 41]);
	await fireEvent.click(screen.getByRole('button'));
	expect(drawer.isOpen).toBe(false);
});

test.each([
	['ok', {}, 'available'],
	['failing', { state: 'unreachable' }, 'not available'],
	['unknown', { state: 'not checked' }, 'not checked yet'],
	['off', { enabled: false, state: 'disabled' }, 'disabled'],
])('an environment is %s, in the bar and in the panel', (name, facts, word) => {
	activity.data = anActivity({ environments: [anEnvironment('dev', facts)] });
	const bar = render(Health);
	expect(bar.container.textContent).toContain(word);
	expect(state(bar.container)).toContain(name);
	const panel = render(HealthPanel, { chosen: () => {} });
	expect(panel.getByRole('listitem').getAttribute('data-state')).toBe(name);
	expect(panel.getByRole('listitem').textContent).toContain('Superset 4.1.1');
});

test('the panel says who writes and leads to the task', async () => {
	const writing = { task: 41, migration: 11, actor: 'ada', since: '2026-11-26T22:10:00Z' };
	const chosen = vi.fn();
	activity.data = anActivity({
		environments: [anEnvironment('prod', { writing, freeze: { reason: 'Quarter end', ends: '' } })],
	});
	render(HealthPanel, { chosen });
	expect(screen.getByText('Frozen: Quarter end')).toBeTruthy();
	await fireEvent.click(screen.getByRole('button', { name: 'Written by migration 11' }));
	expect(drawer.current).toBe(41);
	expect(chosen).toHaveBeenCalledOnce();
});

test('a lost connection, its return, and what does not live are told with what to do', async () => {
	const reload = vi.fn();
	activity.data = anActivity({ health: deadWorker });
	const { rerender } = render(Banners, { outdated: false, reload });
	expect(screen.getByText('No worker is running.')).toBeTruthy();
	expect(screen.getByText('Start one: lockstep worker.')).toBeTruthy();
	connection.lost = new Date();
	await tick();
	expect(state()).toContain('lost');
	expect(screen.queryByText('No worker is running.')).toBeNull();
	await fireEvent.click(screen.getByRole('button', { name: 'Retry now' }));
	await vi.waitFor(() => expect(state()).toContain('back'));
	await rerender({ outdated: true, reload });
	await fireEvent.click(screen.getByRole('button', { name: 'Reload' }));
	expect(reload).toHaveBeenCalledOnce();
});

test('the language changes at once', async () => {
	serve({ 'PATCH /api/v1/session/preferences': { language: 'ru', theme: 'system', environment: null, time_zone: '' } });
	render(LookMenus);
	expect(screen.getByRole('button', { name: 'Language: EN' }).textContent).toBe('EN');
	await choose({ language: 'ru' });
	await vi.waitFor(() => expect(screen.getByTitle('Тема')).toBeTruthy());
	expect(state()).toContain('ru');
	locale.set('en');
});

// jsdom knows no places, so the panel of a menu stays hidden there
test('the account leads to the profile, staff to the admin, and out', async () => {
	session.current = aSession();
	const { unmount } = render(UserMenu);
	expect(state()).toContain('user');
	unmount();
	session.current = aSession({ staff: true });
	render(UserMenu);
	await userEvent.click(screen.getByRole('button', { name: 'Account of Ada Lovelace' }));
	const names = (await screen.findAllByRole('menuitem', { hidden: true })).map((each) => each.textContent?.trim());
	expect(names).toEqual(['Profile', 'Admin', 'Sign out']);
});

test('an address that leads nowhere says so and leads on', () => {
	kit.page = { url: new URL('http://localhost/nowhere'), status: 404 };
	render(Lost);
	expect(screen.getByText(/\/nowhere/)).toBeTruthy();
	expect(screen.getByRole('link', { name: 'Go to dashboards' }).getAttribute('href')).toBe('/dashboards');
});

test('a page that has failed can be loaded again', () => {
	kit.page = { url: new URL('http://localhost/tasks'), status: 500 };
	render(Lost);
	expect(screen.getByRole('button', { name: 'Reload' })).toBeTruthy();
	expect(state()).toContain('failed');
});

test('the keys of the page stand before those of the application', async () => {
	const back = shortcuts.register({ keys: 'j', label: () => 'Next row', run: () => {} });
	shell.keys = true;
	const first = render(KeysHelp);
	expect((await screen.findAllByRole('heading', { level: 3 })).map((each) => each.textContent)).toEqual([
		'On this page',
	]);
	first.unmount();
	back();
	const app = shortcuts.register({ keys: 'Ctrl+k', label: () => 'Search', group: 'app', run: () => {} });
	shell.keys = true;
	render(KeysHelp);
	expect((await screen.findAllByRole('heading', { level: 3 })).map((each) => each.textContent)).toEqual(['Everywhere']);
	app();
});

test('keys of the drawer have a group of their own, and what has no label is not listed', async () => {
	const back = shortcuts.register(
		{ keys: 'f', label: () => 'Follow', group: 'drawer', run: () => {} },
		{ keys: 'ArrowDown', run: () => {} },
		{ keys: ' ', label: () => 'Tick', run: () => {} },
	);
	shell.keys = true;
	render(KeysHelp);
	const titles = (await screen.findAllByRole('heading', { level: 3 })).map((each) => each.textContent);
	expect(titles).toEqual(['On this page', 'In the task drawer']);
	expect(screen.getAllByRole('definition').map((each) => each.textContent?.trim())).toEqual(['Space', 'F']);
	back();
});

test('in the frame the keys work, the menu opens over the page and gives the focus back', async () => {
	const children = createRawSnippet(() => ({ render: () => '<h1>Dashboards</h1>' }));
	render(Frame, { children });
	await vi.waitFor(() =>
		expect(screen.getByRole('link', { name: /Approvals/ }).textContent).toContain('2 wait for you'),
	);
	expect(document.title).toBe('Dashboards · Lockstep');
	await fireEvent.keyDown(document.body, { key: '[' });
	expect(shell.collapsed).toBe(true);
	await fireEvent.click(screen.getByRole('button', { name: 'Menu' }));
	expect(state()).toContain('menu');
	expect(state()).toContain('over');
	expect(document.activeElement?.textContent).toContain('Dashboards');
	await fireEvent.keyDown(document.activeElement!, { key: 'Escape' });
	expect(shell.menu).toBe(false);
	expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Menu' }));
	expect(state()).toContain('page');
});

test('the focus goes to the title of a page, also if that comes later; not if it was put elsewhere', async () => {
	document.body.innerHTML = '<button></button><main></main>';
	const main = document.querySelector('main')!;
	focusTitle(main);
	main.innerHTML = '<h1>Later</h1>';
	await vi.waitFor(() => expect(document.activeElement?.textContent).toBe('Later'));
	main.innerHTML = '';
	focusTitle(main);
	document.querySelector('button')!.focus();
	main.innerHTML = '<h1>Too late</h1>';
	await tick();
	expect(document.activeElement?.tagName).toBe('BUTTON');
});

test('in Russian the pages have the names that the texts use', async () => {
	locale.set('ru');
	render(Sidebar);
	expect(screen.getByRole('link', { name: 'Окружения' })).toBeTruthy();
	expect(screen.getByRole('link', { name: 'Соответствия' })).toBeTruthy();
	locale.set('en');
});
