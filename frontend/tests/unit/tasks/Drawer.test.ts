import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import TaskDrawer from '#lib/components/tasks/TaskDrawer.svelte';
import { drawer } from '#lib/stores/drawer.svelte.ts';
import { shortcuts } from '#lib/stores/shortcuts.svelte.ts';
import { lines, row, task } from '#tests/mocks/tasks.ts';
import { FakeSocket, serve, type Server } from './server.ts';

addEventListener('keydown', shortcuts.handle);
let server: Server;

beforeEach(() => {
	server = serve(task(), lines(1, 5));
	server.answer = (_, path) => {
		if (path === '/api/v1/tasks') return { body: { count: 1, next: null, previous: null, results: [row()] } };
		const number = /tasks\/(\d+)$/.exec(path)?.[1];
		return number ? { body: task({ id: Number(number), title: `Task number ${number}` }) } : undefined;
	};
});

afterEach(() => {
	for (const id of [...drawer.tabs]) drawer.closeTab(id);
	drawer.close();
	drawer.wide = false;
	sessionStorage.clear();
	document.body.replaceChildren();
	vi.unstubAllGlobals();
});

test('tasks stand in tabs; closing one shows its neighbour, closing the last one closes the drawer', () => {
	drawer.open(41);
	drawer.open(42);
	drawer.open(43);
	drawer.open(42);
	expect(drawer.tabs).toEqual([41, 42, 43]);
	drawer.closeTab(42);
	expect(drawer.current).toBe(43);
	drawer.closeTab(43);
	expect(drawer.current).toBe(41);
	drawer.closeTab(41);
	expect(drawer.isOpen).toBe(false);
});

test('Esc closes it, and the focus returns to where it came from', async () => {
	const button = document.body.appendChild(document.createElement('button'));
	button.focus();
	drawer.open(41);
	render(TaskDrawer);
	const box = screen.getByRole('complementary', { name: 'Open tasks' });
	expect(document.activeElement).toBe(box);
	await fireEvent.keyDown(box, { key: 'Escape' });
	expect(drawer.isOpen).toBe(false);
	expect(document.activeElement).toBe(button);
});

test('Esc in the page behind is not for the drawer', async () => {
	drawer.open(41);
	render(TaskDrawer);
	const input = document.body.appendChild(document.createElement('input'));
	input.focus();
	await fireEvent.keyDown(input, { key: 'Escape' });
	expect(drawer.isOpen).toBe(true);
});

test('each tab has its title and state, and learns of changes', async () => {
	drawer.open(41);
	drawer.open(42);
	render(TaskDrawer);
	await waitFor(() => expect(screen.getByRole('tab', { name: /Running Task number 41/ })).toBeTruthy());
	const socket = FakeSocket.all.find((each) => each.url.includes('/ws/activity/'))!;
	socket.open();
	socket.tell({ type: 'activity', counts: {}, tasks: [row({ id: 41, title: 'Task number 41', state: 'failed' })] });
	await waitFor(() => expect(screen.getByRole('tab', { name: /Failed Task number 41/ })).toBeTruthy());
	expect(screen.getByRole('tab', { selected: true }).textContent).toContain('42');
	await fireEvent.keyDown(screen.getByRole('tab', { selected: true }), { key: 'ArrowLeft' });
	expect(drawer.current).toBe(41);
});

test('it is widened and narrowed, and without a task it says what belongs here', async () => {
	drawer.open();
	render(TaskDrawer);
	const box = screen.getByRole('complementary');
	expect(box.dataset.state).toBe('empty');
	expect(screen.getByRole('link', { name: 'All tasks' })).toBeTruthy();
	await fireEvent.click(await screen.findByRole('button', { name: /Apply migration 11 to prod/ }));
	expect(drawer.current).toBe(41);
	await waitFor(() => expect(box.dataset.state).toBe('narrow'));
	await fireEvent.click(screen.getByRole('button', { name: 'Widen' }));
	expect(box.dataset.state).toBe('wide');
});

test('keys in the drawer leave the page alone; a slash reaches its search, Escape leaves that first', async () => {
	const page = vi.fn();
	const back = shortcuts.register(...['x', 'v', '/', 'Escape'].map((keys) => ({ keys, run: page })));
	drawer.open(41);
	render(TaskDrawer);
	const box = screen.getByRole('complementary', { name: 'Open tasks' });
	const field = await screen.findByRole<HTMLInputElement>('searchbox');
	box.focus();
	for (const key of ['x', 'v', '/']) await fireEvent.keyDown(box, { key });
	expect(document.activeElement).toBe(field);
	await fireEvent.input(field, { target: { value: 'chart' } });
	await fireEvent.keyDown(field, { key: 'Escape' });
	expect(field.value).toBe('');
	await fireEvent.keyDown(field, { key: 'Escape' });
	expect([drawer.isOpen, document.activeElement]).toEqual([true, box]);
	await fireEvent.keyDown(box, { key: 'Escape' });
	expect(drawer.isOpen).toBe(false);
	expect(page).not.toHaveBeenCalled();
	back();
});
