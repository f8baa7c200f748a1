import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { flushSync } from 'svelte';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import * as api from '#lib/api/plan.ts';
import type { PlanSource, PlanView } from '#lib/api/plan.ts';
import { Problem } from '#lib/api/problem.ts';
import PlanPage from '#lib/components/plan/PlanPage.svelte';
import { activity } from '#lib/stores/activity.svelte.ts';
import { drawer } from '#lib/stores/drawer.svelte.ts';
import { PlanStore } from '#lib/stores/plan.svelte.ts';
import { shell } from '#lib/stores/shell.svelte.ts';
import { shortcuts } from '#lib/stores/shortcuts.svelte.ts';
import { toasts } from '#lib/stores/toasts.svelte.ts';
import {
	allowing,
	CHECKSUM,
	concern,
	large,
	migration,
	no,
	NODES,
	outcome,
	plan,
	view,
	yes,
} from '#tests/mocks/plan.ts';
import { anActivity, anEnvironment } from '#tests/mocks/shell.ts';
import { browser, observers, screen_, sourceOf } from './setup.ts';

vi.mock('#lib/api/plan.ts', async (original) => {
	const real = await original<typeof api>();
	const started = async () => ({ id: 50, state: 'queued' });
	const decided = async () => ({}) as never;
	return {
		...real,
		actions: {
			...Object.fromEntries(
				['submit', 'approve', 'reject', 'withdraw', 'comment', 'dismiss', 'restore'].map((each) => [
					each,
					vi.fn(decided),
				]),
			),
			...Object.fromEntries(['replan', 'apply', 'rollback'].map((each) => [each, vi.fn(started)])),
		},
		undoOf: vi.fn(async () => ({
			possible: true,
			reason: '',
			restores: [{ kind: 'chart', name: 'Boys', uuid: 'boys' }],
			removes: [{ kind: 'database', name: 'New base', uuid: 'base' }],
			cautions: ['1 asset was changed since.'],
		})),
		keep: vi.fn(started),
		taskEnded: vi.fn(async () => true),
		mayMigrate: vi.fn(async () => null),
		headOf: vi.fn(),
	};
});

const here = new URL('https://lockstep.example/migrations/12');

beforeAll(async () => {
	await Promise.all([
		import('#lib/components/plan/RollbackDialog.svelte'),
		import('#lib/components/ui/MenuPanel.svelte'),
	]);
}, 60_000);
beforeEach(() => {
	browser();
	vi.clearAllMocks();
	vi.spyOn(drawer, 'open').mockImplementation(() => {});
	activity.data = null;
	addEventListener('keydown', shortcuts.handle);
});
afterEach(() => removeEventListener('keydown', shortcuts.handle));
afterEach(() => toasts.list.forEach((each) => toasts.close(each.id)));

async function open(
	shown: PlanView,
	more: { source?: Partial<PlanSource>; task?: number; url?: URL; pace?: number } = {},
) {
	const source = sourceOf(shown, more.source);
	const store = new PlanStore(source);
	const navigate = vi.fn();
	const url = more.url ?? here;
	render(PlanPage, { store, url, navigate, task: more.task, pace: more.pace });
	await waitFor(() =>
		expect(document.querySelector('[data-state=ready], [data-state=nothing], [role=alert] h2')).toBeTruthy(),
	);
	return { store, source, navigate };
}

const button = (name: string | RegExp) => screen.getByRole('button', { name });
/** Roles of a whole page are slow to compute while it waits. */
const found = (selector: string, text = '') =>
	vi.waitFor(
		() => {
			const all = [...document.querySelectorAll<HTMLElement>(selector)];
			const one = all.find((each) => each.textContent!.includes(text));
			expect(one).toBeTruthy();
			return one!;
		},
		{ timeout: 10_000 },
	);
const dialogOf = () => found('[role=dialog]');
const itemOf = (name: string) => found('[role=menuitem]', name);
const article = (name: string) => screen.getByRole('article', { name });
const press = (key: string, code: string) => fireEvent.keyDown(document.body, { key, code });

test('a skeleton, then the plan in one sentence with its numbers', async () => {
	render(PlanPage, { store: new PlanStore(sourceOf(view())), url: here, navigate: vi.fn() });
	expect(screen.getByRole('status', { name: 'Loading' })).toBeTruthy();
	expect(await screen.findByText('3 dashboards from dev to prod: 6 of 15 assets will be written.')).toBeTruthy();
	expect(button('5 to update').getAttribute('aria-pressed')).toBe('true');
	expect(button('9 unchanged').getAttribute('aria-pressed')).toBe('false');
});

test('why it could not be loaded, and another attempt', async () => {
	const overview = vi
		.fn()
		.mockRejectedValueOnce(new Problem({ detail: 'Not yours.' }, 403))
		.mockResolvedValue(view());
	await open(view(), { source: { overview } });
	expect(screen.getByText('Not yours.')).toBeTruthy();
	await fireEvent.click(button('Try again'));
	expect(await screen.findByText(/will be written/)).toBeTruthy();
});

test('a plan that changes nothing is one sentence', async () => {
	const nodes = NODES.filter((each) => each.action === 'unchanged');
	await open(view({ plan: plan({ nodes, risks: [], attachments: [], sentence: 'Nothing to do.', total: 0 }) }));
	expect(screen.getByText('Nothing to do.')).toBeTruthy();
	expect(screen.queryByRole('tree')).toBeNull();
	expect(screen.queryByRole('group', { name: 'Filter the changes' })).toBeNull();
});

test('a number filters and tells the address', async () => {
	const { navigate } = await open(view());
	await fireEvent.click(button('5 to update'));
	expect(screen.queryByRole('article', { name: 'Boys' })).toBeNull();
	expect((navigate.mock.lastCall![0] as URL).searchParams.get('show')).toBe('create,orphan,remove');
});

test('no change passes: one button shows all again', async () => {
	await open(view());
	await fireEvent.input(screen.getByRole('searchbox'), { target: { value: 'nothing like it' } });
	expect(screen.getByText('No change passes these filters')).toBeTruthy();
	await fireEvent.click(screen.getAllByRole('button', { name: 'Show all changes' }).at(-1)!);
	expect(article('Boys')).toBeTruthy();
});

test('the differences of a change: layout, fields, text, secrets hidden', async () => {
	await open(view());
	const card = article('Sales Dashboard');
	expect(await within(card).findByText('Revenue by Country: added, row 2, columns 5 to 8 of 12')).toBeTruthy();
	const row = within(card).getByRole('rowheader', { name: 'Colour scheme' }).parentElement!;
	expect(
		within(row)
			.getAllByRole('cell')
			.map((each) => each.textContent!.trim()),
	).toEqual(['supersetColors', 'd3Category10']);
	const secret = within(card).getByRole('rowheader', { name: 'Password' }).parentElement!;
	expect(secret.textContent).toContain('hidden, changes');
	expect(within(card).getByText('The stored query is computed again.')).toBeTruthy();
	expect(within(card).getByText('12 equal lines')).toBeTruthy();
	expect([...card.querySelectorAll('del')].map((each) => each.textContent)).toContain('30');
	expect(card.textContent).toContain('3 volatile fields hidden.');
});

test('what is far from the screen is not fetched', async () => {
	screen_.near = false;
	const { source } = await open(view());
	await new Promise((done) => setTimeout(done, 60));
	expect(source.changes).not.toHaveBeenCalled();
	const group = document.querySelector('[data-state=far]')!;
	observers.find((each) => each.targets.has(group))!.tell(group, true);
	await waitFor(() => expect(document.getElementById('boys')).toBeTruthy());
	const boys = document.getElementById('boys')!;
	observers.find((each) => each.targets.has(boys))!.tell(boys, true);
	await waitFor(() => expect(source.changes).toHaveBeenCalledWith(['boys']));
	observers.find((each) => each.targets.has(boys))!.tell(boys, false);
	await waitFor(() => expect(boys.style.minHeight).toBe('300px'));
});

test('differences that fail can be asked for again', async () => {
	const changes = vi
		.fn(async (uuids: string[]) => uuids.map(() => null as never))
		.mockRejectedValueOnce(new Problem({ detail: 'Too busy.' }, 503));
	const { source } = await open(view(), { source: { changes } });
	const boys = article('Boys');
	expect(await within(boys).findByText('Too busy.')).toBeTruthy();
	changes.mockResolvedValueOnce([]);
	await fireEvent.click(within(boys).getByRole('button', { name: 'Try again' }));
	expect(await within(boys).findByText('Nothing differs.')).toBeTruthy();
	expect(source.changes).toHaveBeenCalledTimes(2);
});

test('seen folds the card; the tree and the progress say so', async () => {
	const { source } = await open(view());
	await fireEvent.click(within(article('Boys')).getByRole('checkbox', { name: 'Seen' }));
	expect(source.mark).toHaveBeenCalledWith(['print-boys'], true);
	expect(article('Boys').dataset.state).toBe('folded');
	expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('2');
	await waitFor(() => expect(source.mark).toHaveResolved());
	await fireEvent.click(within(article('Boys')).getByRole('button', { name: 'Boys' }));
	await waitFor(() => expect(document.getElementById('boys')!.dataset.state).not.toBe('folded'));
});

test('a mark that fails goes away again', async () => {
	const mark = vi.fn().mockRejectedValue(new Problem({ detail: 'No.' }, 500));
	await open(view(), { source: { mark } });
	await fireEvent.click(within(article('Boys')).getByRole('checkbox'));
	await waitFor(() => expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('1'));
	expect(within(article('Boys')).getByRole<HTMLInputElement>('checkbox').checked).toBe(false);
});

test('keys: next, previous, seen, unseen, raw, search, in Russian, too', async () => {
	const { store, source } = await open(view());
	await waitFor(() => expect(store.reading).toBe('sales'));
	await press('о', 'KeyJ');
	await press('j', 'KeyJ');
	expect(store.reading).toBe('country');
	await press('k', 'KeyK');
	expect(store.reading).toBe('revenue');
	expect(screen.getByText('2 of 7')).toBeTruthy();
	await press('v', 'KeyV');
	expect(source.mark).toHaveBeenCalledWith(['print-revenue'], false);
	await press('r', 'KeyR');
	expect(store.query.raw).toBe(true);
	await press('u', 'KeyU');
	expect(store.query.unseen).toBe(true);
	await press('/', 'Slash');
	const search = screen.getByRole('searchbox');
	expect(document.activeElement).toBe(search);
	expect(shortcuts.list.map((each) => each.keys).toSorted()).toEqual(['/', 'j', 'k', 'r', 'u', 'v']);
	await fireEvent.keyDown(search, { key: 'j', code: 'KeyJ' });
	expect(store.reading).toBe('revenue');
});

test('no key approves or rejects', async () => {
	await open(view({ allowed_actions: allowing('approve', 'reject') }));
	for (const each of 'abcdefghijklmnopqrstuvwxyz') await press(each, `Key${each.toUpperCase()}`);
	await press('Enter', 'Enter');
	expect(api.actions.approve).not.toHaveBeenCalled();
	expect(api.actions.reject).not.toHaveBeenCalled();
});

test('raw documents are fetched when asked for, and compared', async () => {
	const { source } = await open(view());
	expect(source.raw).not.toHaveBeenCalled();
	await fireEvent.click(screen.getByRole('radio', { name: 'YAML' }));
	const boys = article('Boys');
	await waitFor(() => expect(within(boys).getByText('YAML')).toBeTruthy(), { timeout: 3000 });
	expect([...boys.querySelectorAll('ins')].map((each) => each.textContent)).toEqual(['3']);
});

test('a link to a change goes there', async () => {
	const { store } = await open(view(), { url: new URL('?change=boys', here) });
	await waitFor(() => expect(Element.prototype.scrollIntoView).toHaveBeenCalled());
	expect(vi.mocked(Element.prototype.scrollIntoView).mock.contexts[0]).toBe(document.getElementById('boys'));
	expect(store.reading).toBe('boys');
});

test('a risk leads to its assets; notes are folded', async () => {
	await open(view());
	await fireEvent.click(button('Show the dataset'));
	expect(screen.queryByRole('article', { name: 'Boys' })).toBeNull();
	expect(article('birth_names')).toBeTruthy();
	await fireEvent.click(button('Show all again'));
	expect(article('Boys')).toBeTruthy();
	expect(screen.getByText('1 note').closest('details')!.open).toBe(false);
});

test('a risk can be accepted: the plan is made again with what was accepted before', async () => {
	const risks = [
		concern({ acknowledge: 'outdated:chart/a', acknowledged: true }),
		concern({ acknowledge: 'outdated:chart/b' }),
	];
	const { store } = await open(view({ plan: plan({ risks }), allowed_actions: allowing('replan') }));
	await fireEvent.click(button('Accept and plan again'));
	expect(api.actions.replan).toHaveBeenCalledWith(12, ['outdated:chart/a', 'outdated:chart/b']);
	await waitFor(() => expect(drawer.open).toHaveBeenLastCalledWith(50));
	expect(store.replanning).toEqual({ checksum: CHECKSUM, task: 50 });
});

test('an approval sends the checksum of the plan that was read, and the note', async () => {
	const { source } = await open(view({ allowed_actions: allowing('approve', 'reject') }));
	await fireEvent.input(screen.getByRole('textbox', { name: 'Note' }), { target: { value: ' Good ' } });
	await fireEvent.click(button('Approve'));
	expect(api.actions.approve).toHaveBeenCalledExactlyOnceWith(12, CHECKSUM, 'Good');
	await waitFor(() => expect(source.overview).toHaveBeenCalledTimes(2));
});

test('a rejection needs a reason', async () => {
	await open(view({ allowed_actions: allowing('approve', 'reject') }));
	await fireEvent.click(button('Reject'));
	expect(api.actions.reject).not.toHaveBeenCalled();
	const note = screen.getByRole('textbox', { name: 'Note' });
	await waitFor(() => expect(document.activeElement).toBe(note));
	expect(note.getAttribute('aria-invalid')).toBe('true');
	await fireEvent.input(note, { target: { value: 'The filter must stay.' } });
	await fireEvent.click(button('Reject'));
	expect(api.actions.reject).toHaveBeenCalledWith(12, CHECKSUM, 'The filter must stay.');
});

test('what is not possible says why and who can, and does nothing', async () => {
	const allowed = { ...allowing(), approve: no('You planned this migration.', 'lin', 'grace') };
	await open(view({ allowed_actions: allowed }));
	const approve = button('Approve');
	expect(approve.getAttribute('aria-disabled')).toBe('true');
	const why = document.getElementById(approve.getAttribute('aria-describedby')!)!;
	expect(why.textContent).toContain('You planned this migration.');
	expect(why.textContent).toContain('lin, grace');
	await fireEvent.click(approve);
	expect(api.actions.approve).not.toHaveBeenCalled();
});

test('each permitted action has its button', async () => {
	const may = [
		'submit',
		'approve',
		'reject',
		'apply',
		'override',
		'rollback',
		'replan',
		'comment',
		'withdraw',
		'dismiss',
		'restore',
	];
	await open(view({ allowed_actions: allowing(...may) }));
	const own = [...document.querySelectorAll<HTMLElement>('[data-action]')].map((each) => each.dataset.action);
	const menu = document.querySelector<HTMLElement>('[data-actions]')!.dataset.actions!.split(' ');
	expect([...own, ...menu]).toEqual(expect.arrayContaining(may));
});

test('a refusal of the server stands under the buttons', async () => {
	vi.mocked(api.actions.apply).mockRejectedValueOnce(new Problem({ detail: 'prod has changed.' }, 409));
	await open(view({ migration: migration('approved'), allowed_actions: allowing('apply') }));
	await fireEvent.click(button('Apply'));
	expect(await screen.findByText('prod has changed.')).toBeTruthy();
	expect(drawer.open).not.toHaveBeenCalled();
});

test('while an action is on its way, it cannot be sent again', async () => {
	let arrive = (_: api.Started) => {};
	vi.mocked(api.actions.apply).mockReturnValueOnce(new Promise((resolve) => (arrive = resolve)));
	await open(view({ migration: migration('approved'), allowed_actions: allowing('apply') }));
	await fireEvent.click(button('Apply'));
	await fireEvent.click(button('Apply'));
	expect(api.actions.apply).toHaveBeenCalledExactlyOnceWith(12, CHECKSUM);
	arrive({ id: 51, state: 'queued' });
	await waitFor(() => expect(drawer.open).toHaveBeenLastCalledWith(51));
});

test('a freeze is overridden with a reason', async () => {
	const allowed = { ...allowing('override'), apply: no('prod is frozen.') };
	await open(view({ migration: migration('approved'), allowed_actions: allowed }));
	await fireEvent.click(button('Apply despite the freeze'));
	expect(api.actions.apply).not.toHaveBeenCalled();
	await fireEvent.input(screen.getByRole('textbox', { name: /during the freeze/ }), { target: { value: 'Outage' } });
	await fireEvent.click(button('Apply despite the freeze'));
	expect(api.actions.apply).toHaveBeenCalledWith(12, CHECKSUM, 'Outage');
});

test('fallen approvals are struck through with their reason; only what is new can be shown', async () => {
	const approvals = {
		needed: 1,
		given: 0,
		expires: '2026-12-05T00:00:00Z',
		expired: false,
		fallen: [{ actor: 'lin', decision: 2, reason: 'The author planned again.' }],
	};
	const nodes = NODES.map((each) => (each.uuid === 'boys' ? { ...each, new: true } : each));
	const since = { decision: 2, actor: 'lin', at: '2026-11-27T10:00:00Z', checksum: 'x', beside: false };
	const decisions = [{ id: 2, kind: 'approve' as const, actor: 'lin', at: since.at, note: '', checksum: 'x', plan: 1 }];
	await open(view({ migration: migration('submitted', { approvals, decisions }), plan: plan({ nodes, since }) }));
	expect(screen.getByText('Approval by lin').tagName).toBe('DEL');
	expect(screen.getByText('The author planned again.', { exact: false })).toBeTruthy();
	expect(screen.getByText('1 change of 6')).toBeTruthy();
	await fireEvent.click(button('Show only these'));
	expect(screen.getAllByRole('article')).toHaveLength(1);
	await fireEvent.click(button('Show all again'));
	expect(screen.getAllByRole('article').length).toBeGreaterThan(1);
	expect(screen.getByText('Approved', { selector: 'del' })).toBeTruthy();
});

test('an approval fell, and nothing is new since', async () => {
	const fallen = [{ actor: 'lin', decision: 2, reason: 'It expired.' }];
	const since = { decision: 2, actor: 'lin', at: '2026-11-27T10:00:00Z', checksum: 'x', beside: false };
	const approvals = { needed: 1, given: 0, expires: null, expired: true, fallen };
	await open(view({ migration: migration('submitted', { approvals }), plan: plan({ since }) }));
	expect(screen.getByText('No change differs from what was approved.')).toBeTruthy();
});

test('while it is applied the page follows, and leads to the run', async () => {
	const runs = [{ ...outcome({ state: 'running' as never, finished: null }), error: null }];
	const { source } = await open(view({ migration: migration('applying', { runs: runs as never }) }), { pace: 20 });
	await waitFor(() => expect(source.overview.mock.calls.length).toBeGreaterThan(2));
	await fireEvent.click(button('Show the run'));
	expect(drawer.open).toHaveBeenLastCalledWith(44);
});

test('after planning again the page waits for the new plan, or the end of the task', async () => {
	const { store } = await open(view({ allowed_actions: allowing('replan') }), { pace: 20 });
	await fireEvent.click(button('Plan again'));
	await waitFor(() => expect(api.taskEnded).toHaveBeenCalledWith(50));
	await waitFor(() => expect(store.replanning).toBeNull());
});

test('after an apply has been asked for the page follows until its task is over, although it has not begun yet', async () => {
	const waiting = view({ migration: migration('approved'), allowed_actions: allowing('apply') });
	const { store, source } = await open(waiting, { pace: 20 });
	await fireEvent.click(button('Apply'));
	await waitFor(() => expect(source.overview.mock.calls.length).toBeGreaterThan(2));
	expect(api.taskEnded).toHaveBeenCalledWith(50);
	await waitFor(() => expect(store.moving).toBe(false));
});

test('a run that ended well: written, set right, verified, and the way back', async () => {
	await open(view({ migration: migration('succeeded'), run: outcome(), allowed_actions: allowing('rollback') }));
	const result = screen.getByRole('region', { name: 'Applied to prod and verified' });
	expect(result.textContent).toContain('2 assets written · 1 reference repaired · 6 verified');
	expect(within(result).getByText('31__table').tagName).toBe('INS');
	await fireEvent.click(within(result).getByRole('button', { name: 'Show the run' }));
	expect(drawer.open).toHaveBeenLastCalledWith(44);
});

test('what a run left to others is named with the reason', async () => {
	const run = outcome({ kept: ['chart “Old”: is used by dashboard “Board”'] });
	await open(view({ migration: migration('succeeded'), run, allowed_actions: allowing('rollback') }));
	const result = screen.getByRole('region', { name: 'Applied to prod and verified' });
	expect(within(result).getByRole('heading', { name: 'Left to others' })).toBeTruthy();
	expect(within(result).getByText('chart “Old”: is used by dashboard “Board”')).toBeTruthy();
});

test('a run that broke off: exactly what was written, what not, and two ways out', async () => {
	const run = outcome({
		state: 'interrupted',
		open: ['dataset/cleaned'],
		error: { sentence: 'The connection broke.' },
	});
	await open(view({ migration: migration('interrupted'), run, allowed_actions: allowing('apply', 'rollback') }));
	const result = screen.getByRole('region', { name: /broke off/ });
	const list = (title: RegExp) =>
		[...within(result).getByRole('heading', { name: title }).parentElement!.querySelectorAll('li')].map(
			(each) => each.lastElementChild!.textContent,
		);
	expect(list(/were written/)).toEqual(['Sales Dashboard', 'Total Revenue']);
	expect(list(/were not written/)).toEqual(['Revenue by Country', 'Boys', 'birth_names']);
	expect(list(/may have been written/)).toEqual(['cleaned_sales_data']);
	expect(button('Apply the rest')).toBeTruthy();
	expect(button('Roll back')).toBeTruthy();
});

test('a rollback is previewed; a protected target has to be typed', async () => {
	await open(view({ migration: migration('succeeded'), run: outcome(), allowed_actions: allowing('rollback') }));
	await fireEvent.click(button('Roll back'));
	const dialog = await dialogOf();
	expect(await within(dialog).findByText('Boys')).toBeTruthy();
	expect(within(dialog).getByText('1 asset was changed since.')).toBeTruthy();
	const go = within(dialog).getByRole('button', { name: 'Roll back' });
	await fireEvent.click(go);
	expect(api.actions.rollback).not.toHaveBeenCalled();
	await fireEvent.input(within(dialog).getByRole('textbox'), { target: { value: 'prod' } });
	await fireEvent.click(within(dialog).getByRole('radio', { name: /Keep it/ }));
	await fireEvent.click(go);
	expect(api.actions.rollback).toHaveBeenCalledWith(12, { keep_changed: true });
	await waitFor(() => expect(document.querySelector('[role=dialog]')).toBeNull());
	expect(drawer.open).toHaveBeenLastCalledWith(50);
});

test('the drawer stands beside what is decided where there is room, and not on it', async () => {
	await open(view({ migration: migration('approved'), allowed_actions: allowing('apply') }));
	const top = () => screen.getByRole('heading', { name: 'Next step' }).closest('section')!;
	expect(top().dataset.beside).toBeUndefined();
	drawer.isOpen = true;
	flushSync();
	expect(top().dataset.beside).toBe('drawer');
	drawer.wide = true;
	flushSync();
	expect(top().dataset.beside).toBeUndefined();
	drawer.wide = drawer.isOpen = false;
});

test('changes of others are rolled back only with a reason', async () => {
	const free = plan({ target: { environment: 'stage', release: '6.1.0' } });
	const approvals = { ...migration().approvals, needed: 0 };
	await open(
		view({ migration: migration('succeeded', { approvals }), plan: free, allowed_actions: allowing('rollback') }),
	);
	await fireEvent.click(button('Roll back'));
	const dialog = await dialogOf();
	await fireEvent.click(await within(dialog).findByRole('radio', { name: /too/ }));
	await fireEvent.click(within(dialog).getByRole('button', { name: 'Roll back' }));
	expect(api.actions.rollback).not.toHaveBeenCalled();
	await fireEvent.input(within(dialog).getByRole('textbox'), { target: { value: 'It was a mistake' } });
	await fireEvent.click(within(dialog).getByRole('button', { name: 'Roll back' }));
	expect(api.actions.rollback).toHaveBeenCalledWith(12, { force: 'It was a mistake' });
});

test.each([
	[
		'impossible',
		() =>
			Promise.resolve({ possible: false, reason: 'The snapshot is gone.', restores: [], removes: [], cautions: [] }),
		'The snapshot is gone.',
	],
	['failed', () => Promise.reject(new Problem({ detail: 'Not now.' }, 500)), 'Not now.'],
])('a rollback that is %s says why', async (_, answer, text) => {
	vi.mocked(api.undoOf).mockImplementationOnce(answer);
	await open(view({ migration: migration('succeeded'), allowed_actions: allowing('rollback') }));
	await fireEvent.click(button('Roll back'));
	const dialog = await dialogOf();
	expect(await within(dialog).findByText(text)).toBeTruthy();
	expect(within(dialog).queryByRole('button', { name: 'Roll back' })).toBeNull();
});

test('the menu comments and withdraws', async () => {
	await open(view({ allowed_actions: allowing('comment', 'withdraw') }));
	for (const [name, deed, text] of [
		['Comment', 'comment', 'Why red?'],
		['Withdraw', 'withdraw', ''],
	] as const) {
		await fireEvent.click(button('More'));
		await fireEvent.click(await itemOf(name));
		const dialog = await dialogOf();
		if (text) await fireEvent.input(within(dialog).getByRole('textbox'), { target: { value: text } });
		await fireEvent.click(within(dialog).getByRole('button', { name }));
		expect(api.actions[deed]).toHaveBeenCalledWith(12, text);
		await waitFor(() => expect(document.querySelector('[role=dialog]')).toBeNull());
	}
});

test('the plan is copied as Markdown, without a clipboard, too', async () => {
	document.execCommand = vi.fn(() => true);
	const { source } = await open(view());
	await fireEvent.click(button('Copy as Markdown'));
	await waitFor(() => expect(toasts.list.map((each) => each.text)).toEqual(['Plan copied as Markdown']));
	expect(source.markdown).toHaveBeenCalledOnce();
	expect(document.execCommand).toHaveBeenCalledWith('copy');
});

test('a browser that does not copy is told', async () => {
	document.execCommand = vi.fn(() => false);
	await open(view());
	await fireEvent.click(button('Link'));
	await waitFor(() => expect(toasts.list[0]?.text).toContain('does not allow'));
});

test('a comparison decides nothing, and can become a migration', async () => {
	const shown = view({ migration: null, allowed_actions: {} });
	await open(shown, { task: 9, source: { migration: null, mark: undefined } });
	expect(screen.getByText(/cannot be applied/)).toBeTruthy();
	expect(screen.queryByRole('checkbox', { name: 'Seen' })).toBeNull();
	expect(screen.queryByRole('button', { name: 'Approve' })).toBeNull();
	expect(shortcuts.list.map((each) => each.keys)).not.toContain('v');
	expect(shell.page).toEqual({ title: 'dev → prod', crumbs: [{ label: 'Comparison' }] });
	await fireEvent.click(button('Make it a migration'));
	expect(api.keep).toHaveBeenCalledWith(9);
	expect(await screen.findByRole('status')).toBeTruthy();
	expect(drawer.open).toHaveBeenLastCalledWith(50);
});

test('a migration that was withdrawn leaves nothing to do', async () => {
	await open(view({ migration: migration('withdrawn') }));
	expect(screen.getByRole('complementary').dataset.state).toBe('over');
});

test('scrolled, the head shrinks to one line', async () => {
	const { store } = await open(view({ allowed_actions: { ...allowing(), approve: yes } }));
	expect(document.querySelector('[data-state=hidden]')).toBeTruthy();
	const sentinel = document.querySelector('[aria-hidden=true]:empty');
	const observer = observers.find((each) => [...each.targets].includes(sentinel!))!;
	observer.leave(sentinel!);
	flushSync();
	expect(document.querySelector('[data-state=hidden]')).toBeNull();
	expect(screen.getAllByText(`${store.seen} of 6 seen`)).toHaveLength(2);
	await fireEvent.click(button('Approve…'));
	expect(window.scrollTo).toHaveBeenCalled();
});

test('the tree: arrows walk and fold, Enter goes there', async () => {
	const { store } = await open(view());
	const tree = screen.getByRole('tree');
	await fireEvent.focus(tree);
	const key = (name: string) => fireEvent.keyDown(tree, { key: name });
	const active = () => document.getElementById(tree.getAttribute('aria-activedescendant')!)!;
	expect(active().textContent).toContain('Sales Dashboard');
	await key('ArrowLeft');
	expect(active().getAttribute('aria-expanded')).toBe('false');
	expect(active().textContent).toContain('3 changes');
	await key('ArrowRight');
	await key('ArrowRight');
	expect(active().textContent).toContain('Total Revenue');
	await key('ArrowLeft');
	expect(active().getAttribute('aria-level')).toBe('1');
	await key('End');
	await key('Enter');
	expect(store.reading).toBe('season');
	await key('Home');
	await key('ArrowDown');
	await key('ArrowUp');
	expect(active().textContent).toContain('Sales Dashboard');
});

test('the tree: a reference leads to the asset, unchanged ones come, groups fold', async () => {
	const { store, source } = await open(view());
	const row = (text: string | RegExp) =>
		screen.getAllByRole('treeitem').find((each) => new RegExp(text).test(each.textContent!))!;
	await fireEvent.click(row('shown under Sales Dashboard'));
	expect(store.reading).toBe('cleaned');
	await fireEvent.click(row('In no dashboard'));
	expect(row('Seasonality')).toBeUndefined();
	await fireEvent.click(row('USA Births Names'));
	expect(row('Boys')).toBeUndefined();
	await fireEvent.click(row('5 unchanged'));
	await waitFor(() => expect(source.overview).toHaveBeenLastCalledWith(true, expect.anything()));
});

test('a long plan draws only what is near', async () => {
	screen_.near = false;
	await open(large(240));
	expect(screen.getByRole('tree').dataset.state).toBe('long');
	expect(document.querySelectorAll('[role=treeitem]').length).toBeLessThan(100);
	expect(document.querySelectorAll('article').length).toBeLessThan(50);
});

test('who may not plan a migration is told so where it would be made of a comparison', async () => {
	const environments = ['dev', 'prod'].map((name) => anEnvironment(`${name}-1`, { name }));
	activity.data = anActivity({ environments });
	vi.mocked(api.mayMigrate).mockResolvedValueOnce(no('You may not plan for prod.', 'lin'));
	await open(view({ migration: null, allowed_actions: {} }), { task: 9, source: { migration: null, mark: undefined } });
	expect(await screen.findByText('Who can: lin.')).toBeTruthy();
	expect(api.mayMigrate).toHaveBeenCalledExactlyOnceWith('dev-1', 'prod-1');
	await fireEvent.click(button('Make it a migration'));
	expect(api.keep).not.toHaveBeenCalled();
});

test('a risk says what it is about; the lines beyond five come on request', async () => {
	const lines = Array.from({ length: 7 }, (_, index) => `Dashboard ${index}`);
	await open(view({ plan: plan({ risks: [concern({ lines })] }) }));
	expect(screen.queryByText('Dashboard 5')).toBeNull();
	await fireEvent.click(button('Show all 7'));
	expect(screen.getByText('Dashboard 6')).toBeTruthy();
});

test('the window and the crumbs say which migration it is', async () => {
	await open(view());
	const crumbs = [{ label: 'Migrations', href: '/migrations' }];
	expect(shell.page).toEqual({ title: '#12 Sales Dashboard and 2 more', crumbs });
	expect(document.title).toBe('');
});

test('a link can ask for the rollback: its dialog opens once, and the address forgets it', async () => {
	const shown = view({ migration: migration('failed'), allowed_actions: allowing('rollback') });
	const { navigate, store } = await open(shown, { url: new URL('?do=rollback&show=create', here) });
	const dialog = await dialogOf();
	expect(await within(dialog).findByText('Boys')).toBeTruthy();
	expect(navigate.mock.calls.map(([url]) => (url as URL).search)).toEqual(['?show=create']);
	await fireEvent.click(within(dialog).getByRole('button', { name: 'Cancel' }));
	await store.overview.reload();
	flushSync();
	expect(document.querySelector('[role=dialog]')).toBeNull();
});

test('who may not roll back is told so in the dialog that a link opened', async () => {
	const allowed = { ...allowing(), rollback: no('You may not write to prod.', 'lin') };
	const shown = view({ migration: migration('failed'), allowed_actions: allowed });
	await open(shown, { url: new URL('?do=rollback', here) });
	const dialog = await dialogOf();
	expect(await within(dialog).findByText('Who can: lin.')).toBeTruthy();
	await fireEvent.input(within(dialog).getByRole('textbox'), { target: { value: 'prod' } });
	await fireEvent.click(within(dialog).getByRole('button', { name: 'Roll back' }));
	expect(api.actions.rollback).not.toHaveBeenCalled();
});

const hear = (id: number, migration: number) =>
	activity.hear({ type: 'activity', tasks: [{ id, migration, state: 'succeeded' }] });

test('the page follows the tasks of its migration, and of no other', async () => {
	const { source } = await open(view());
	const asked = source.overview.mock.calls.length;
	hear(70, 13);
	await new Promise((done) => setTimeout(done, 500));
	expect(source.overview).toHaveBeenCalledTimes(asked);
	const drawn = [...document.querySelectorAll('article')];
	source.overview.mockResolvedValue(view({ migration: migration('approved') }));
	hear(71, 12);
	await waitFor(() => expect(document.querySelector('header')!.textContent).toContain('Approved'));
	expect([...document.querySelectorAll('article')]).toEqual(drawn);
	expect(Element.prototype.scrollIntoView).not.toHaveBeenCalled();
	expect(window.scrollTo).not.toHaveBeenCalled();
});

test('a decision that somebody made elsewhere is shown', async () => {
	const { source } = await open(view());
	const asked = source.overview.mock.calls.length;
	vi.mocked(api.headOf).mockResolvedValueOnce(migration());
	activity.at = new Date(1);
	await waitFor(() => expect(api.headOf).toHaveBeenCalledWith(12));
	await Promise.resolve();
	expect(source.overview).toHaveBeenCalledTimes(asked);
	const decided = migration('rejected');
	vi.mocked(api.headOf).mockResolvedValueOnce(decided);
	source.overview.mockResolvedValue(view({ migration: decided }));
	activity.at = new Date(2);
	await waitFor(() => expect(document.querySelector('header')!.textContent).toContain('Rejected'));
});

test('a plan that somebody made meanwhile waits until the reader wants it', async () => {
	const { source, store } = await open(view());
	source.overview.mockResolvedValue(view({ plan: plan({ checksum: 'f'.repeat(64), sentence: 'Another plan.' }) }));
	hear(71, 12);
	expect(await screen.findByText(/planned this migration again/)).toBeTruthy();
	expect(store.view!.plan.checksum).toBe(CHECKSUM);
	await fireEvent.click(button('Show the new plan'));
	expect(await screen.findByText('Another plan.')).toBeTruthy();
	expect(screen.queryByRole('button', { name: 'Show the new plan' })).toBeNull();
});

test('where another run writes to the target, its task is one press away', async () => {
	const writing = { task: 77, migration: 9, actor: 'lin', since: '2026-11-29T20:00:00Z' };
	activity.data = anActivity({ environments: [anEnvironment('prod', { writing })] });
	const allowed = { ...allowing(), apply: no('Migration 9 is writing to “prod”.') };
	await open(view({ migration: migration('approved'), allowed_actions: allowed }));
	await fireEvent.click(button('Show task 77, which writes to prod now'));
	expect(drawer.open).toHaveBeenLastCalledWith(77);
});
