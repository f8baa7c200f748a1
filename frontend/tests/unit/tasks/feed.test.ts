import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TaskFeed } from '#lib/stores/task.svelte.ts';
import { failed, line, lines, task } from '#tests/mocks/tasks.ts';
import { FakeSocket, serve, type Server, settle } from './server.ts';

let server: Server;
let feed: TaskFeed;

beforeEach(() => {
	server = serve(task(), lines(1, 20));
	feed = new TaskFeed(41);
});

afterEach(() => {
	feed.stop();
	vi.unstubAllGlobals();
	vi.useRealTimers();
});

const numbers = () => feed.lines.map((each) => each.seq);

test('begins with the last lines, then goes on after the last of them', async () => {
	await feed.start();
	expect(numbers()).toEqual(lines(1, 20).map((each) => each.seq));
	FakeSocket.last.open();
	expect(FakeSocket.last.sent).toEqual([{ after: 20, level: ['info', 'warning', 'error'], source: [] }]);
	FakeSocket.last.lines(lines(21, 23));
	await settle();
	expect(numbers().slice(-3)).toEqual([21, 22, 23]);
});

test('many messages between two frames change the lines once', async () => {
	await feed.start();
	FakeSocket.last.open();
	const before = feed.lines;
	for (let seq = 21; seq < 60; seq++) FakeSocket.last.lines([line(seq)]);
	expect(feed.lines).toBe(before);
	await settle();
	expect(feed.lines).toHaveLength(59);
});

test('a line that comes twice is there once', async () => {
	await feed.start();
	FakeSocket.last.open();
	FakeSocket.last.lines(lines(19, 22));
	FakeSocket.last.lines(lines(21, 24));
	await settle();
	expect(numbers()).toEqual(lines(1, 24).map((each) => each.seq));
});

test('after the connection was lost it asks for what came meanwhile, and tells so until then', async () => {
	await feed.start();
	vi.useFakeTimers();
	FakeSocket.last.open();
	FakeSocket.last.lines(lines(21, 22), 25);
	FakeSocket.last.drop();
	expect(feed.connection).toBe('waiting');
	await vi.advanceTimersByTimeAsync(1000);
	FakeSocket.last.open();
	expect(FakeSocket.last.sent[0]!.after).toBe(25);
	FakeSocket.last.lines(lines(26, 27));
	await vi.advanceTimersByTimeAsync(50);
	expect(numbers().slice(-4)).toEqual([21, 22, 26, 27]);
	expect(feed.connection).toBe('open');
});

test('it waits longer from time to time, and at once no longer when the network is back', async () => {
	await feed.start();
	vi.useFakeTimers();
	const tried = () => FakeSocket.all.length;
	FakeSocket.last.drop();
	await vi.advanceTimersByTimeAsync(700);
	expect(tried()).toBe(2);
	FakeSocket.last.drop();
	await vi.advanceTimersByTimeAsync(700);
	expect(tried()).toBe(2);
	dispatchEvent(new Event('online'));
	expect(tried()).toBe(3);
});

test('when it has ended the socket is not opened again, and the task is read once more', async () => {
	await feed.start();
	FakeSocket.last.open();
	server.task = task({
		state: 'succeeded',
		finished: '2026-11-29T22:19:00Z',
		artifacts: [{ name: 'a', size: 1, sha256: '' }],
	});
	FakeSocket.last.tell({ type: 'task', task: { id: 41, state: 'succeeded' } });
	FakeSocket.last.tell({ type: 'end', state: 'succeeded', last: 20 });
	FakeSocket.last.drop(1000);
	await settle();
	expect(feed.ended).toBe(true);
	expect(feed.task!.artifacts).toHaveLength(1);
	expect(feed.connection).toBe('closed');
	expect(FakeSocket.all).toHaveLength(1);
});

test('a task that has ended needs no socket', async () => {
	server.task = task({ state: 'succeeded' });
	await feed.start();
	expect(FakeSocket.all).toHaveLength(0);
});

test('other levels are read anew, and an old socket is not heard any more', async () => {
	server.lines = [...lines(1, 10), ...lines(11, 20, { level: 'debug' })];
	await feed.start();
	expect(feed.lines).toHaveLength(10);
	const old = FakeSocket.last;
	old.open();
	await feed.choose({ levels: [] });
	expect(feed.lines).toHaveLength(20);
	old.lines([line(30)]);
	FakeSocket.last.open();
	expect(FakeSocket.last.sent[0]).toEqual({ after: 20, level: [], source: [] });
	FakeSocket.last.lines([line(21, { level: 'debug' })]);
	await settle();
	expect(numbers().slice(-2)).toEqual([20, 21]);
});

test('a search finds old lines on the server, and new ones as they come', async () => {
	server.lines = [...lines(1, 10), line(11, { text: 'Commute Time updated' })];
	await feed.start();
	await feed.choose({ search: 'commute' });
	expect(numbers()).toEqual([11]);
	FakeSocket.last.open();
	FakeSocket.last.lines([line(12), line(13, { text: 'COMMUTE again' })]);
	await settle();
	expect(numbers()).toEqual([11, 13]);
});

test('older lines are put before the others', async () => {
	server.lines = lines(1, 1200);
	await feed.start();
	expect(numbers()[0]).toBe(701);
	expect(feed.atStart).toBe(false);
	await feed.older();
	await feed.older();
	await feed.older();
	expect(numbers()).toEqual(server.lines.map((each) => each.seq));
	expect(feed.atStart).toBe(true);
});

test('a failure begins at the line that says why, however long ago it was', async () => {
	server.task = failed({ id: 41 });
	server.lines = lines(1, 3000);
	server.task.error!.line = 38;
	await feed.start();
	await settle();
	expect(feed.target).toBe(38);
	expect(numbers()).toContain(38);
	expect(numbers()).toContain(500);
});

test('a link to a line shows it whatever its level, and reaches the end by reading on', async () => {
	server.lines = [...lines(1, 1999, { level: 'debug' }), line(2000)];
	await feed.start(300);
	expect(numbers()).toContain(300);
	expect(feed.atEnd).toBe(false);
	FakeSocket.last.open();
	FakeSocket.last.lines([line(2001)]);
	for (let turn = 0; turn < 4; turn++) {
		await settle();
		await feed.newer();
	}
	expect(feed.atEnd).toBe(true);
	expect(numbers()).toEqual(server.lines.slice(49).map((each) => each.seq));
	FakeSocket.last.open();
	expect(FakeSocket.last.sent[0]!.after).toBe(2000);
});

test('what a message tells of the task is shown, and a question is read when it is asked', async () => {
	await feed.start();
	FakeSocket.last.open();
	FakeSocket.last.tell({ type: 'task', task: { id: 41, progress: { stage: 'import', done: 90, total: 100 } } });
	await settle();
	expect(feed.task!.progress!.done).toBe(90);
	const pause = { questions: [], stage: 'import', asked: '', expires: '' };
	server.task = task({ state: 'awaiting_input', pause });
	FakeSocket.last.tell({ type: 'task', task: { id: 41, state: 'awaiting_input' } });
	await settle();
	expect(feed.task!.pause).toEqual(pause);
});

test('without an answer there is a problem, and another try', async () => {
	server.offline = true;
	await feed.start();
	expect(feed.problem?.offline).toBe(true);
	server.offline = false;
	await feed.start();
	expect(feed.problem).toBeUndefined();
	expect(feed.task!.id).toBe(41);
});
