import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { activity } from '#lib/stores/activity.svelte.ts';
import { connection } from '#lib/stores/connection.svelte.ts';
import { anActivity, aTask, deadWorker, DOWN, FakeSocket, serve } from '#tests/mocks/shell.ts';

const ADDRESS = 'GET /api/v1/activity';
let stop = () => {};

beforeEach(() => {
	vi.useFakeTimers();
	vi.stubGlobal('WebSocket', FakeSocket);
	activity.data = null;
	connection.lost = null;
});

afterEach(() => {
	stop();
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

const settle = () => vi.advanceTimersByTimeAsync(0);

test('it asks at the start and every half minute', async () => {
	const calls = serve({ [ADDRESS]: anActivity({ running: 2, decisions: 1 }) });
	stop = activity.start();
	await settle();
	expect([activity.running, activity.decisions]).toEqual([2, 1]);
	await vi.advanceTimersByTimeAsync(30_000);
	expect(calls).toHaveLength(2);
});

test('while nobody looks it does not ask; it does when somebody comes back', async () => {
	const calls = serve({ [ADDRESS]: anActivity() });
	stop = activity.start();
	await settle();
	const seen = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
	await vi.advanceTimersByTimeAsync(120_000);
	expect(calls).toHaveLength(1);
	seen.mockRestore();
	document.dispatchEvent(new Event('visibilitychange'));
	await settle();
	expect(calls).toHaveLength(2);
});

test('the socket changes numbers and tasks at once, and what it does not know is asked for', async () => {
	const calls = serve({ [ADDRESS]: anActivity({ running: 1, waiting: 0, tasks: [aTask(41)] }) });
	const told: number[][] = [];
	const forget = activity.watch((tasks) => told.push(tasks.map((each) => each.id)));
	stop = activity.start();
	await settle();
	FakeSocket.last!.open();
	FakeSocket.last!.tell({
		type: 'activity',
		counts: { running: 3, queued: 1 },
		tasks: [{ id: 41, state: 'awaiting_input' }],
	});
	expect([activity.running, activity.queued]).toEqual([3, 1]);
	expect(activity.tasks[0]).toMatchObject({ id: 41, state: 'awaiting_input', title: 'Apply migration 41 to prod' });
	expect(told).toEqual([[41]]);
	await vi.advanceTimersByTimeAsync(500);
	expect(calls).toHaveLength(2);
	forget();
});

test('a beat changes nothing', async () => {
	serve({ [ADDRESS]: anActivity({ running: 1 }) });
	stop = activity.start();
	await settle();
	FakeSocket.last!.tell({ type: 'beat' });
	expect(activity.running).toBe(1);
});

test('without an answer the old facts stay, and it asks more often until there is one', async () => {
	let up = true;
	const calls = serve({ [ADDRESS]: () => (up ? anActivity({ running: 2 }) : DOWN) });
	stop = activity.start();
	await settle();
	up = false;
	await vi.advanceTimersByTimeAsync(30_000);
	expect(connection.lost).not.toBeNull();
	expect(activity.running).toBe(2);
	up = true;
	await vi.advanceTimersByTimeAsync(5000);
	expect(calls).toHaveLength(3);
	expect(connection.lost).toBeNull();
});

test('a socket that breaks is a reason to look', async () => {
	const calls = serve({ [ADDRESS]: anActivity() });
	stop = activity.start();
	await settle();
	FakeSocket.last!.open();
	FakeSocket.last!.close(1006);
	await settle();
	expect(calls).toHaveLength(2);
	expect(activity.socket).toBe('waiting');
});

test('a server that still answers while it shuts down is asked again with each attempt to come back', async () => {
	let up = true;
	const calls = serve({ [ADDRESS]: () => (up ? anActivity() : DOWN) });
	stop = activity.start();
	await settle();
	FakeSocket.last!.open();
	FakeSocket.last!.close(1006);
	await settle();
	expect(connection.lost).toBeNull();
	up = false;
	await vi.advanceTimersByTimeAsync(1000);
	FakeSocket.last!.close(1006);
	await settle();
	expect(connection.lost).not.toBeNull();
	expect(calls).toHaveLength(3);
});

test('it names what does not live', async () => {
	serve({ [ADDRESS]: anActivity({ health: deadWorker }) });
	stop = activity.start();
	await settle();
	expect(activity.troubles).toEqual(['worker']);
});

test('after it was stopped nothing is asked', async () => {
	const calls = serve({ [ADDRESS]: anActivity() });
	activity.start()();
	await vi.advanceTimersByTimeAsync(120_000);
	expect(calls.length).toBeLessThanOrEqual(1);
	expect(activity.socket).toBe('closed');
});
