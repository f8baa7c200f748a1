import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { TaskStage } from '#lib/api/tasks.ts';
import LogBar from '#lib/components/tasks/LogBar.svelte';
import LogLine from '#lib/components/tasks/LogLine.svelte';
import LogLines from '#lib/components/tasks/LogLines.svelte';
import Question from '#lib/components/tasks/Question.svelte';
import StageRail from '#lib/components/tasks/StageRail.svelte';
import TaskFacts from '#lib/components/tasks/TaskFacts.svelte';
import TaskFailure from '#lib/components/tasks/TaskFailure.svelte';
import TaskHead from '#lib/components/tasks/TaskHead.svelte';
import TaskPage from '#lib/components/tasks/TaskPage.svelte';
import TaskPanel from '#lib/components/tasks/TaskPanel.svelte';
import { drawer } from '#lib/stores/drawer.svelte.ts';
import { shell } from '#lib/stores/shell.svelte.ts';
import { shortcuts } from '#lib/stores/shortcuts.svelte.ts';
import { TaskFeed } from '#lib/stores/task.svelte.ts';
import { toasts } from '#lib/stores/toasts.svelte.ts';
import { asking, failed, line, lines, task } from '#tests/mocks/tasks.ts';
import { FakeSocket, serve, type Server, settle } from './server.ts';

addEventListener('keydown', shortcuts.handle);
let server: Server;

beforeEach(() => {
	server = serve(task(), lines(1, 5));
});

afterEach(() => {
	vi.unstubAllGlobals();
	toasts.list = [];
});

const posts = () => server.asked.filter((each) => each.method === 'POST');

test('every stage is there from the start, and the one at work shows how far it is', () => {
	render(StageRail, { task: task() });
	const stages = within(screen.getByRole('list', { name: 'Stages' })).getAllByRole('listitem');
	expect(stages.map((each) => each.dataset.state)).toEqual([
		'done',
		'done',
		'running',
		'waiting',
		'waiting',
		'waiting',
	]);
	expect(stages[0]!.textContent).toContain('58 assets of prod read');
	expect(stages[0]!.textContent).toContain('1.6 sec');
	expect(screen.getByRole('progressbar', { name: 'Import' }).getAttribute('aria-valuenow')).toBe('62');
	expect(stages[2]!.getAttribute('aria-current')).toBe('step');
});

test('a stage waits for its answer, another failed, and what came after was not reached', async () => {
	const { rerender } = render(StageRail, { task: asking() });
	expect(screen.getAllByRole('listitem')[1]!.dataset.state).toBe('asking');
	await rerender({ task: failed() });
	const states = screen.getAllByRole('listitem').map((each) => each.dataset.state);
	expect(states).toEqual(['done', 'failed', 'skipped']);
});

test('a stage at which somebody cancelled is no failure', () => {
	const cancelled = failed({ state: 'cancelled' });
	render(StageRail, { task: cancelled });
	expect(screen.getAllByRole('listitem')[1]!.dataset.state).toBe('stopped');
	render(TaskFailure, { task: cancelled, error: cancelled.error!, goTo: vi.fn() });
	expect(document.querySelector('[data-state=stopped] h3')).toBeTruthy();
});

test('time goes on while a task changes', async () => {
	vi.useFakeTimers();
	vi.setSystemTime('2026-11-29T22:17:22Z');
	const { rerender } = render(TaskHead, { feed: new TaskFeed(41), task: task() });
	for (let turn = 0; turn < 30; turn++) {
		await vi.advanceTimersByTimeAsync(100);
		await rerender({ task: task() });
	}
	expect(document.querySelector('[data-state=running]')!.textContent).toBe('5 sec');
	vi.useRealTimers();
});

test('stages of a plugin that does not declare them are those that were seen', () => {
	const stages: TaskStage[] = [
		{
			name: 'one',
			label: '',
			note: '',
			state: 'done',
			number: 1,
			total: 2,
			started: '2026-11-29T22:17:20Z',
			finished: '2026-11-29T22:17:21Z',
		},
		{
			name: 'two',
			label: '',
			note: '',
			state: 'running',
			number: 2,
			total: 2,
			started: '2026-11-29T22:17:21Z',
			finished: null,
		},
	];
	render(StageRail, { task: task({ stages }) });
	expect(screen.getAllByRole('listitem').map((each) => each.dataset.state)).toEqual(['done', 'running']);
});

test('a mapping is answered in a table that proposes what is likely and says why', async () => {
	const answered = vi.fn();
	const asked = asking();
	render(Question, { task: asked, pause: asked.pause!, answered });
	const analytics = screen.getByRole<HTMLSelectElement>('combobox', {
		name: 'Which database of prod is “analytics_dev”?',
	});
	expect(analytics.value).toBe('u-analytics');
	expect(screen.getByText('96 %, same engine')).toBeTruthy();
	expect(screen.getAllByText('It is kept as the mapping of dev to prod.')).toHaveLength(1);
	await fireEvent.click(screen.getByRole('button', { name: 'Answer and continue' }));
	expect(screen.getByText('An answer is needed.')).toBeTruthy();
	expect(posts()).toHaveLength(0);
	const examples = screen.getByRole('combobox', { name: 'Which database of prod is “examples”?' });
	await fireEvent.change(examples, { target: { value: 'u-warehouse' } });
	expect(screen.getByText('35 %, other engine')).toBeTruthy();
	server.task = task({ id: 43, state: 'queued' });
	await fireEvent.click(screen.getByRole('button', { name: 'Answer and continue' }));
	await waitFor(() => expect(answered).toHaveBeenCalledOnce());
	expect(posts()[0]).toMatchObject({
		path: '/api/v1/tasks/43/answer',
		body: { answers: { examples: 'u-warehouse', analytics_dev: 'u-analytics' } },
	});
});

function questions(kinds: ('text' | 'secret' | 'choice')[]) {
	const choices = [{ value: 'attic-1', label: 'attic', note: '' }];
	const questions = kinds.map((kind) => ({
		name: kind,
		title: `The ${kind}`,
		kind,
		choices: kind === 'choice' ? choices : [],
		help: '',
		required: true,
		suggested: '',
	}));
	return { stage: '', asked: '2026-11-29T22:19:01Z', expires: '2026-11-30T22:19:01Z', questions };
}

test('a secret is hidden, is sent once, and is kept nowhere', async () => {
	const answered = vi.fn();
	render(Question, { task: asking(), pause: questions(['text', 'secret', 'choice']), answered });
	const secret = screen.getByLabelText<HTMLInputElement>('The secret');
	expect(secret.type).toBe('password');
	await fireEvent.input(screen.getByLabelText('The text'), { target: { value: 'hello' } });
	await fireEvent.input(secret, { target: { value: 'correct horse' } });
	await fireEvent.change(screen.getByLabelText('The choice'), { target: { value: 'attic-1' } });
	await fireEvent.click(screen.getByRole('button', { name: 'Answer and continue' }));
	await waitFor(() => expect(answered).toHaveBeenCalledOnce());
	expect(posts()[0]!.body).toEqual({ answers: { text: 'hello', secret: 'correct horse', choice: 'attic-1' } });
	const kept = JSON.stringify([{ ...sessionStorage }, { ...localStorage }, answered.mock.calls]);
	expect(kept).not.toContain('correct horse');
});

test('what the server refuses stands at its question; what belongs to none stands below', async () => {
	render(Question, { task: asking(), pause: questions(['text']), answered: vi.fn() });
	await fireEvent.input(screen.getByLabelText('The text'), { target: { value: 'x' } });
	server.answer = () => ({ status: 400, body: { detail: 'Wrong.', fields: { 'answers.text': ['Too short.'] } } });
	await fireEvent.click(screen.getByRole('button'));
	await waitFor(() => expect(screen.getByText('Too short.')).toBeTruthy());
	expect(screen.getByRole('form').dataset.state).toBe('invalid');
	server.answer = () => ({ status: 409, body: { detail: 'Somebody else has answered.' } });
	await fireEvent.click(screen.getByRole('button'));
	await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('Somebody else'));
});

test('while it is being sent nothing is sent twice', async () => {
	render(Question, { task: asking(), pause: questions(['text']), answered: vi.fn() });
	await fireEvent.input(screen.getByLabelText('The text'), { target: { value: 'x' } });
	void fireEvent.click(screen.getByRole('button'));
	await fireEvent.click(screen.getByRole('button'));
	await settle();
	expect(posts()).toHaveLength(1);
});

test('who may not answer reads why and who can', async () => {
	const refused = { allowed: false, reason: 'You may not plan for prod.', who: ['ada', 'bob'] };
	const asked = asking({ allowed_actions: { answer: refused } });
	render(Question, { task: asked, pause: asked.pause!, answered: vi.fn() });
	expect(screen.getByRole('form').dataset.state).toBe('refused');
	expect(screen.getByText(/Who can: ada, bob/)).toBeTruthy();
	await fireEvent.click(screen.getByRole('button', { name: 'Answer and continue' }));
	expect(posts()).toHaveLength(0);
});

test('a failure says why and what was written, and offers the safe way first', async () => {
	server.answer = (_, path) =>
		path === '/api/v1/migrations/10'
			? {
					body: {
						counts: { create: 1, update: 24, remove: 0 },
						runs: [{ task: 40, written: Array(16).fill('chart'), open: [] }],
					},
				}
			: undefined;
	const goTo = vi.fn();
	render(TaskFailure, { task: failed(), error: failed().error!, goTo });
	expect(screen.getByText(/502 Bad Gateway to request 3 of 4/)).toBeTruthy();
	await waitFor(() => expect(screen.getByText('16 assets')).toBeTruthy());
	expect(screen.getByText('9 assets')).toBeTruthy();
	const ways = within(screen.getByRole('list', { name: 'Ways out' })).getAllByRole('listitem');
	expect(ways[0]!.textContent).toContain('Roll back');
	expect(within(ways[0]!).getByRole('link').getAttribute('href')).toBe('/migrations/10?do=rollback');
	expect(ways[1]!.textContent).toContain('Plan again');
	await fireEvent.click(screen.getByRole('button', { name: 'Line 38' }));
	expect(goTo).toHaveBeenCalledWith(38);
});

test('a retry opens the new task', async () => {
	server.answer = (method) => (method === 'POST' ? { status: 202, body: task({ id: 52 }) } : { body: { runs: [] } });
	render(TaskFailure, { task: failed(), error: failed().error!, goTo: vi.fn() });
	await fireEvent.click(screen.getByRole('button', { name: 'Retry' }));
	await waitFor(() => expect(drawer.current).toBe(52));
	drawer.close();
});

test('a running task is cancelled from its head', async () => {
	const feed = new TaskFeed(41);
	render(TaskHead, { feed, task: task() });
	expect(screen.getByRole('heading').textContent).toContain('Apply migration 11 to prod');
	expect(screen.getByText(/started by ada/)).toBeTruthy();
	server.task = task({ cancel_requested: '2026-11-29T22:17:30Z' });
	await fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
	await waitFor(() => expect(feed.task!.cancel_requested).toBeTruthy());
	expect(posts()[0]!.path).toBe('/api/v1/tasks/41/cancel');
});

test('who may not cancel sees the button, why not, and who can', () => {
	const cancel = { allowed: false, reason: 'This task is not yours.', who: ['bob'] };
	render(TaskHead, { feed: new TaskFeed(41), task: task({ allowed_actions: { cancel } }) });
	const button = screen.getByRole('button', { name: 'Cancel' });
	expect(button.getAttribute('aria-disabled')).toBe('true');
	expect(screen.getByText(/Who can: bob/)).toBeTruthy();
});

test('what has ended leads to what it made', async () => {
	const { rerender } = render(TaskHead, { feed: new TaskFeed(41), task: task({ state: 'succeeded' }) });
	expect(screen.getByRole('link', { name: 'Open migration 11' }).getAttribute('href')).toBe('/migrations/11');
	await rerender({ task: task({ state: 'succeeded', plugin: 'migrations', action: 'plan', migration: null }) });
	expect(screen.getByRole('link', { name: 'Open the comparison' }).getAttribute('href')).toBe('/compare/41');
	await rerender({ task: task({ state: 'succeeded', plugin: 'catalogue', action: 'sync', migration: null }) });
	expect(screen.getByRole('link', { name: 'Open the catalogue' }).getAttribute('href')).toBe('/dashboards?env=prod');
});

test('a failure is dismissed and restored', async () => {
	const feed = new TaskFeed(40);
	const { rerender } = render(TaskHead, { feed, task: failed() });
	await fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
	await waitFor(() => expect(posts()[0]!.path).toBe('/api/v1/tasks/40/dismiss'));
	await rerender({ task: failed({ dismissed: '2026-11-29T23:00:00Z' }) });
	expect(screen.getByRole('button', { name: /Restore/ })).toBeTruthy();
});

test.each(['debug', 'info', 'warning', 'error'])(
	'a line of level %s is its text, and nothing in it is markup',
	(level) => {
		const text = '<b>no</b> \u001b[31m \u202e';
		render(LogLine, {
			line: line(7, { level, text }),
			task: 41,
			search: '',
			chosen: false,
			unfolded: false,
			unfold: vi.fn(),
			copy: vi.fn(),
		});
		expect(document.querySelector('[data-line="7"]')!.textContent).toContain('<b>no</b> \\x1b[31m \\u202e');
		expect(document.querySelector('[data-line="7"] b')).toBeNull();
		expect(screen.getByRole('link').getAttribute('href')).toBe('/tasks/41?line=7');
	},
);

test('a very long line is folded, and what was searched for is marked', async () => {
	const unfold = vi.fn();
	const given = { task: 41, chosen: false, unfold, copy: vi.fn() };
	const long = line(7, { text: 'x'.repeat(50_000) });
	const { rerender } = render(LogLine, { ...given, line: long, search: '', unfolded: false });
	expect(document.body.textContent!.length).toBeLessThan(3000);
	await fireEvent.click(screen.getByRole('button', { name: 'Show all 50,000 characters' }));
	expect(unfold).toHaveBeenCalledWith(7);
	await rerender({ ...given, line: line(8, { text: 'Commute time, commute' }), search: 'commute', unfolded: false });
	expect([...document.querySelectorAll('mark')].map((each) => each.textContent)).toEqual(['Commute', 'commute']);
});

test('without lines it says so; with a filter it offers all of them', async () => {
	server.lines = [];
	const feed = new TaskFeed(41);
	const { rerender } = render(LogLines, { feed, follow: true });
	expect(document.querySelector('[data-state=loading]')).toBeTruthy();
	await feed.start();
	await waitFor(() => expect(screen.getByText('No lines yet.')).toBeTruthy());
	server.lines = lines(1, 3);
	await feed.choose({ search: 'nowhere' });
	await waitFor(() => expect(screen.getByText(/No line matches/)).toBeTruthy());
	await fireEvent.click(screen.getByRole('button', { name: 'Show all lines' }));
	await waitFor(() => expect(screen.getByRole('log')).toBeTruthy());
	server.offline = true;
	await feed.choose({ search: 'x' });
	await waitFor(() => expect(screen.getByRole('alert')).toBeTruthy());
	feed.stop();
	await rerender({ feed, follow: false });
});

test('the bar tells that the connection is lost, and is over when the task is', async () => {
	const feed = new TaskFeed(41);
	render(LogBar, { feed, follow: true, goTo: vi.fn() });
	await feed.start();
	FakeSocket.last.open();
	await waitFor(() => expect(screen.getByRole('checkbox', { name: 'Follow' })).toBeTruthy());
	await waitFor(() => expect(screen.getByPlaceholderText('Search 5 lines')).toBeTruthy());
	FakeSocket.last.drop();
	await waitFor(() => expect(screen.getByText('Connection lost, trying again')).toBeTruthy());
	feed.accept(failed({ id: 41 }));
	await waitFor(() => expect(screen.getByRole('button', { name: 'Failing line 38' })).toBeTruthy());
	feed.stop();
});

test('the panel reads the task, shows it, and says why it cannot', async () => {
	server.offline = true;
	render(TaskPanel, { id: 41 });
	expect(document.querySelector('[data-state=loading]')).toBeTruthy();
	await waitFor(() => expect(screen.getByRole('alert')).toBeTruthy());
	server.offline = false;
	server.task = asking({ id: 41 });
	await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
	await waitFor(() => expect(screen.getByRole('form')).toBeTruthy());
	// The question stands inside the stage that asked
	expect(screen.getByRole('form').closest('li')!.textContent).toContain('Map');
});

test('F follows and stops following, but not while somebody types', async () => {
	render(TaskPanel, { id: 41 });
	const box = await screen.findByRole<HTMLInputElement>('checkbox', { name: 'Follow' });
	expect(box.checked).toBe(true);
	await fireEvent.keyDown(document.body, { code: 'KeyF', key: 'f' });
	expect(box.checked).toBe(false);
	await fireEvent.keyDown(screen.getByRole('searchbox'), { code: 'KeyF', key: 'f' });
	expect(box.checked).toBe(false);
});

test('the page has files and facts', async () => {
	server.task = task({
		artifacts: [{ name: 'plan/one.yaml', size: 20_000_000, sha256: '' }],
		retries: [44],
		retry_of: 39,
	});
	render(TaskPage, { id: 41, line: null });
	await waitFor(() => expect(screen.getAllByRole('link', { name: /plan\/one.yaml/ }).length).toBeGreaterThan(0));
	const file = screen.getAllByRole('link', { name: /plan\/one.yaml/ })[0]!;
	expect(file.getAttribute('href')).toBe('/api/v1/tasks/41/artifacts/plan/one.yaml');
	expect(file.textContent).toContain('20 MB');
	expect(screen.getByRole('heading', { level: 1 }).textContent).toContain('Apply migration 11');
	expect(shell.page).toEqual({
		title: 'Apply migration 11 to prod',
		crumbs: [{ label: 'Tasks', href: '/tasks' }],
	});
});

test('facts tell where it ran', () => {
	render(TaskFacts, { task: task() });
	expect(screen.getByText('worker-1, process 4711')).toBeTruthy();
	expect(screen.getByText('No files.')).toBeTruthy();
});

test('a task that no running worker can take says what it waits for, until it runs', async () => {
	const waiting = task({
		state: 'queued',
		needs: ['browser'],
		waiting_reason: 'It waits for a worker that offers browser.',
	});
	const { rerender } = render(TaskHead, { feed: new TaskFeed(41), task: waiting });
	expect(screen.getByText('It waits for a worker that offers browser.')).toBeTruthy();
	await rerender({ task: { ...waiting, state: 'running' } });
	expect(screen.queryByText('It waits for a worker that offers browser.')).toBeNull();
	render(TaskFacts, { task: waiting });
	expect(screen.getByText('Needs').nextElementSibling?.textContent).toBe('browser');
});

test('levels chosen at first are told only once others are chosen', async () => {
	const feed = new TaskFeed(41);
	render(LogBar, { feed, follow: true, goTo: vi.fn() });
	const chip = screen.getByRole('button', { name: /^Level/ });
	expect(chip.textContent?.trim()).toBe('Level');
	await feed.choose({ levels: ['error'] });
	await waitFor(() => expect(chip.textContent).toContain('Errors'));
	await feed.choose({ levels: ['debug', 'info', 'warning', 'error'] });
	await waitFor(() => expect(chip.textContent).toContain('4'));
	feed.stop();
});
