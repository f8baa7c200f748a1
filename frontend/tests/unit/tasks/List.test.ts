import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import TaskList from '#lib/components/tasks/TaskList.svelte';
import { drawer } from '#lib/stores/drawer.svelte.ts';
import { shell } from '#lib/stores/shell.svelte.ts';
import { shortcuts } from '#lib/stores/shortcuts.svelte.ts';
import { toasts } from '#lib/stores/toasts.svelte.ts';
import type { TaskRow } from '#lib/api/tasks.ts';
import { asking, failed, row, task } from '#tests/mocks/tasks.ts';
import { FakeSocket, serve, type Server } from './server.ts';

const kit = vi.hoisted(() => ({ page: { url: new URL('http://localhost/tasks') }, goto: vi.fn() }));
vi.mock('$app/state', () => ({ page: kit.page }));
vi.mock('$app/navigation', () => ({ goto: kit.goto, beforeNavigate: () => {} }));

addEventListener('keydown', shortcuts.handle);
let server: Server;
let rows: TaskRow[];

beforeEach(() => {
	server = serve(task(), []);
	rows = [row(), row({ ...asking(), id: 43 }), row({ ...failed(), id: 40 })];
	server.answer = (method, path) => {
		if (path === '/api/v1/tasks') return { body: { count: rows.length, next: null, previous: null, results: rows } };
		if (path === '/api/v1/plugins') return { body: [{ slug: 'migrations', title: 'Migrations' }] };
		if (path === '/api/v1/environments') return { body: { results: [{ slug: 'prod', name: 'prod' }] } };
		return method === 'POST' ? { body: failed() } : undefined;
	};
	kit.page.url = new URL('http://localhost/tasks');
	kit.goto.mockReset();
});

afterEach(() => {
	drawer.close();
	toasts.list = [];
	vi.unstubAllGlobals();
});

test('a row says what, how it stands and who; a press opens it in the drawer', async () => {
	render(TaskList);
	const link = await screen.findAllByRole('link', { name: 'Apply migration 11 to prod' });
	expect(link[0]!.getAttribute('href')).toBe('/tasks/41');
	expect(within(link[0]!.closest('tr')!).getByText('Running')).toBeTruthy();
	await fireEvent.click(link[0]!);
	expect([drawer.isOpen, drawer.current]).toEqual([true, 41]);
});

test('filters are asked of the server, and stand in the address', async () => {
	kit.page.url = new URL('http://localhost/tasks?state=failed&state=lost&plugin=migrations&search=prod&page=2');
	render(TaskList);
	await screen.findByRole('table');
	const asked = server.asked.find((each) => each.path === '/api/v1/tasks')!.query;
	expect(asked.getAll('state')).toEqual(['failed', 'lost']);
	expect([asked.get('plugin'), asked.get('search'), asked.get('page')]).toEqual(['migrations', 'prod', '2']);
	await fireEvent.change(screen.getByRole('combobox', { name: 'Environment' }), { target: { value: 'prod' } });
	const [url] = kit.goto.mock.calls[0]! as [URL];
	expect(url.search).toBe('?state=failed&state=lost&plugin=migrations&search=prod&environment=prod');
});

test('a state changes in its row; new tasks are counted and do not move the list', async () => {
	render(TaskList);
	await screen.findByRole('table');
	FakeSocket.last.open();
	FakeSocket.last.tell({ type: 'activity', counts: {}, tasks: [row({ state: 'succeeded' }), row({ id: 99 })] });
	await waitFor(() => expect(screen.getByText('Succeeded')).toBeTruthy());
	expect(screen.getAllByRole('row')).toHaveLength(4);
	rows = [row({ id: 99 }), ...rows];
	await fireEvent.click(screen.getByRole('button', { name: '1 new task, show' }));
	await waitFor(() => expect(screen.getAllByRole('row')).toHaveLength(5));
	await waitFor(() => expect(screen.queryByRole('button', { name: /new task/ })).toBeNull());
});

test('a failure is dismissed, and restored at once where that was a mistake', async () => {
	render(TaskList);
	await fireEvent.click(await screen.findByRole('button', { name: 'Dismiss' }));
	await waitFor(() => expect(toasts.list).toHaveLength(1));
	toasts.list[0]!.action!.run();
	const posts = () => server.asked.filter((each) => each.method === 'POST').map((each) => each.path);
	await waitFor(() => expect(posts()).toEqual(['/api/v1/tasks/40/dismiss', '/api/v1/tasks/40/restore']));
});

test('without a task it says what belongs here; with filters how to be rid of them', async () => {
	rows = [];
	const { unmount } = render(TaskList);
	expect(await screen.findByText('No task yet')).toBeTruthy();
	unmount();
	kit.page.url = new URL('http://localhost/tasks?state=failed');
	render(TaskList);
	await fireEvent.click(await screen.findByRole('button', { name: 'Clear the filters' }));
	expect(kit.goto).toHaveBeenCalledWith('/tasks', { reset: false });
});

test('without a connection it says so, and reads when asked again', async () => {
	server.offline = true;
	render(TaskList);
	expect(await screen.findByRole('alert')).toBeTruthy();
	server.offline = false;
	await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
	expect(await screen.findByRole('table')).toBeTruthy();
});

test('J and K go from task to task, a slash to the search', async () => {
	render(TaskList);
	await screen.findByRole('table');
	expect(shell.page?.title).toBe('Tasks');
	const here = () => document.activeElement?.getAttribute('href');
	const press = (key: string) => fireEvent.keyDown(document.activeElement!, { key });
	await press('j');
	expect(here()).toBe('/tasks/41');
	await press('j');
	expect(here()).toBe('/tasks/43');
	await press('k');
	expect(here()).toBe('/tasks/41');
	await press('/');
	expect(document.activeElement).toBe(screen.getByRole('searchbox'));
});
