import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import { addressOf, type Draft, draftOf } from '#lib/components/migrations/draft.ts';
import NewMigration from '#lib/components/migrations/NewMigration.svelte';
import { Planning, placeOf } from '#lib/components/migrations/planning.svelte.ts';
import PlanningLine from '#lib/components/migrations/PlanningLine.svelte';
import { Usage } from '#lib/components/migrations/usage.svelte.ts';
import { drawer } from '#lib/stores/drawer.svelte.ts';
import { handover } from '#lib/stores/handover.svelte.ts';
import { matrixOf } from '#lib/stores/matrix.svelte.ts';
import { session } from '#lib/stores/session.svelte.ts';
import { matrix, row } from '#tests/mocks/catalogue.ts';
import { environment } from '#tests/mocks/environments.ts';
import { pageOf, planned, suggestion } from '#tests/mocks/migrations.ts';
import { no } from '#tests/mocks/plan.ts';
import { Refusal, serve } from '#tests/mocks/server.ts';
import { aSession } from '#tests/mocks/shell.ts';

const MATRIX = 'GET /api/v1/environments/dev/matrix';
const PLAN = 'POST /api/v1/migrations/plan';
const TASK = 'GET /api/v1/tasks/7';
const [SALES, BIRTHS] = [row(0).uuid, row(1).uuid];
const environments = [
	environment({ slug: 'dev', name: 'dev', protected: false }),
	environment(),
	environment({ slug: 'stage', name: 'stage', protected: false }),
];
const asset = (uuid: string) => `GET /api/v1/environments/dev/assets/dashboard/${uuid}`;
const reads = (...uuids: string[]) => ({
	known: true,
	graph: { nodes: uuids.map((uuid) => ({ uuid, kind: 'database' })), edges: [] },
});

function server(more: Record<string, unknown> = {}) {
	return serve({
		[MATRIX]: matrix(6),
		'GET /api/v1/mappings/suggestions': [suggestion()],
		'GET /api/v1/mappings': pageOf([]),
		[asset(SALES)]: reads('s-1'),
		[asset(BIRTHS)]: reads('s-1'),
		...more,
	});
}

const draft = (facts: Partial<Draft> = {}): Draft => ({
	source: 'dev',
	target: 'prod',
	dashboards: [SALES],
	allowMany: false,
	acknowledge: [],
	carry: [],
	prune: false,
	connections: [],
	task: null,
	...facts,
});

/** The page, whose address is what it was last changed to. */
function page(facts: Partial<Draft> = {}) {
	const done = vi.fn();
	const given: { draft: Draft } = { draft: draft(facts) };
	const change = async (now: Draft): Promise<void> => {
		given.draft = draftOf(new URLSearchParams(addressOf(now)));
		await view.rerender({ draft: given.draft });
	};
	const view = render(NewMigration, { draft: given.draft, environments, change, done });
	return { ...view, given, done };
}

const plan = () => screen.getByRole('button', { name: 'Plan' });

beforeEach(() => {
	sessionStorage.clear();
	session.current = aSession();
	handover.give({ source: '', target: '', uuids: [] });
	const store = matrixOf('dashboard');
	store.slug = '';
	store.data = store.problem = undefined;
	drawer.close();
});

test('the address holds the draft, except for more dashboards than fit', () => {
	const address = '?source=dev&target=prod&dashboards=a,b&allow_many=1&acknowledge=restricted%3Ax&create=s-1&task=7';
	expect(addressOf(draftOf(new URLSearchParams(address)))).toBe(address);
	const many = Array.from({ length: 41 }, (_, at) => `${at}`);
	expect(addressOf(draft({ dashboards: many }))).toBe('?source=dev&target=prod');
	expect(draftOf(new URLSearchParams('?source=dev')).dashboards).toBeNull();
});

test('what the hub selected is there, and a missing mapping is told before planning', async () => {
	server();
	handover.give({ source: 'dev', target: 'prod', uuids: [SALES, BIRTHS] });
	page({ dashboards: null });
	expect(await screen.findByText('2 dashboards from dev to prod')).toBeTruthy();
	expect(await screen.findByText(/examples has no target yet/)).toBeTruthy();
	expect(screen.getByText('It needs 1 approval by somebody else before it can be applied to prod.')).toBeTruthy();
});

test('dashboards are added by a search with the keyboard, and removed', async () => {
	server();
	const { given } = page();
	const box = await screen.findByRole('combobox', { name: 'Add a dashboard' });
	await screen.findByRole('link', { name: 'Sales Dashboard' });
	await userEvent.type(box, 'births{Enter}');
	expect(given.draft.dashboards).toEqual([SALES, BIRTHS]);
	await userEvent.keyboard('nowhere');
	expect(screen.getByText('Nothing found')).toBeTruthy();
	await userEvent.keyboard('{Escape}');
	expect(box.getAttribute('aria-expanded')).toBe('false');
	await fireEvent.click(screen.getByRole('button', { name: 'Remove Sales Dashboard' }));
	expect(given.draft.dashboards).toEqual([BIRTHS]);
	expect(handover.for('dev', 'prod')).toEqual([BIRTHS]);
});

test('everything that differs is added at once', async () => {
	server();
	const { given } = page({ dashboards: [] });
	expect(await screen.findByText(/None is chosen yet/)).toBeTruthy();
	await fireEvent.click(await screen.findByRole('button', { name: 'Add all 3 that differ' }));
	expect(given.draft.dashboards).toHaveLength(3);
});

test('without dashboards the button says what is missing', async () => {
	const asked = server();
	page({ dashboards: [] });
	await screen.findByRole('radio', { name: /prod/ });
	expect(plan().getAttribute('aria-disabled')).toBe('true');
	expect(screen.getByText('Choose at least one dashboard first.')).toBeTruthy();
	await fireEvent.click(plan());
	expect(asked.some(({ path }) => path.endsWith('/plan'))).toBe(false);
});

test('a target that is refused says why and who can, and cannot be chosen', async () => {
	const migrate = { prod: no('You may not plan for prod.', 'ben'), stage: { allowed: true, reason: '' } };
	const whole = matrix(3);
	server({ [MATRIX]: { ...whole, allowed_actions: { ...whole.allowed_actions, migrate } } });
	const { given } = page({ target: '' });
	expect((await screen.findByText(/You may not plan for prod/)).textContent).toContain('Who can: ben');
	const prod = screen.getByRole('radio', { name: /prod/ });
	expect(prod.getAttribute('aria-disabled')).toBe('true');
	expect((screen.getByRole('radio', { name: /stage/ }) as HTMLInputElement).checked).toBe(true);
	await userEvent.click(prod);
	expect(given.draft.target).toBe('');
});

test('targets that cannot be read can be asked for again; a lone environment leads to a second one', async () => {
	let answer: unknown = new Refusal(500, { detail: 'It broke.' });
	server({ 'GET /api/v1/environments/stage/matrix': () => answer });
	page({ source: 'stage', target: '', dashboards: [] });
	expect(await screen.findByText('It broke.')).toBeTruthy();
	answer = matrix(1, { others: [] });
	await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
	expect(await screen.findByText('There is no other environment to migrate to.')).toBeTruthy();
});

test('a plan is followed to its migration; back leads to the draft and not forward again', async () => {
	const states = [planned(7, 'running'), planned(7, 'succeeded', { result: { migration: 12 } })];
	const asked = server({ [PLAN]: planned(7, 'queued', { stages: [] }), [TASK]: () => states.shift() });
	const { given, done } = page();
	const target = await screen.findByLabelText('Target of examples');
	await userEvent.selectOptions(target, 't-1');
	await fireEvent.click(plan());
	expect(await screen.findByText(/Read both sides, 1 of 2/)).toBeTruthy();
	expect(drawer.current).toBe(7);
	expect(given.draft.task).toBe(7);
	await waitFor(() => expect(done).toHaveBeenCalledWith(12));
	expect(given.draft.task).toBeNull();
	expect(drawer.isOpen).toBe(false);
	expect(asked.find(({ path }) => path.endsWith('/plan'))!.body).toEqual({
		source: 'dev',
		target: 'prod',
		dashboards: [SALES],
		databases: ['s-1=t-1'],
		allow_many: false,
		acknowledge: [],
		carry: [],
		connections: [],
		prune: false,
		everything: false,
		keep: true,
	});
});

test('what travels beside the documents is chosen, kept in the address and asked for', async () => {
	const asked = server({ [PLAN]: planned(7, 'queued'), [TASK]: planned(7, 'running') });
	const { given } = page({ carry: ['tags'] });
	await screen.findByRole('link', { name: 'Sales Dashboard' });
	expect(screen.getByRole('group', { name: 'Also migrate' })).toBeTruthy();
	await userEvent.click(screen.getByRole('checkbox', { name: 'Owners' }));
	await waitFor(() => expect(given.draft.carry).toEqual(['owners', 'tags']));
	await userEvent.click(screen.getByRole('checkbox', { name: 'Tags' }));
	await waitFor(() => expect(given.draft.carry).toEqual(['owners']));
	expect(addressOf(given.draft)).toContain('carry=owners');
	await fireEvent.click(plan());
	await waitFor(() =>
		expect(asked.find(({ path }) => path.endsWith('/plan'))?.body).toMatchObject({ carry: ['owners'] }),
	);
});

test('a connection that the target lacks is created by choice', async () => {
	const asked = server({ [PLAN]: planned(7, 'queued'), [TASK]: planned(7, 'running') });
	const { given } = page();
	const missing = await screen.findByRole('group', { name: 'Without a counterpart on prod' });
	expect(missing.textContent).toContain('pauses and asks for it');
	await screen.findByText(/examples has no target yet/);
	await userEvent.click(within(missing).getByRole('checkbox', { name: 'Create “examples” on prod' }));
	await waitFor(() => expect(given.draft.connections).toEqual(['s-1']));
	expect(addressOf(given.draft)).toContain('create=s-1');
	expect(await screen.findByText('Its connection is created on prod.')).toBeTruthy();
	expect(screen.queryByText(/examples has no target yet/)).toBeNull();
	await fireEvent.click(plan());
	await waitFor(() =>
		expect(asked.find(({ path }) => path.endsWith('/plan'))?.body).toMatchObject({
			databases: [],
			connections: ['s-1'],
		}),
	);
});

test('what is mapped after all is not created', async () => {
	const asked = server({ [PLAN]: planned(7, 'queued'), [TASK]: planned(7, 'running') });
	const { given } = page({ connections: ['s-1'] });
	await userEvent.selectOptions(await screen.findByLabelText('Target of examples'), 't-1');
	await waitFor(() => expect(screen.queryByRole('group', { name: /Without a counterpart/ })).toBeNull());
	await fireEvent.click(plan());
	await waitFor(() =>
		expect(asked.find(({ path }) => path.endsWith('/plan'))?.body).toMatchObject({ connections: [] }),
	);
	await userEvent.selectOptions(screen.getByLabelText('Target of examples'), '');
	await userEvent.click(screen.getByRole('checkbox', { name: 'Create “examples” on prod' }));
	await waitFor(() => expect(given.draft.connections).toEqual([]));
});

test.each([
	['its name', { uuid: 't-9', name: 'examples', backend: 'postgresql' }],
	['its UUID', { uuid: 's-1', name: 'other', backend: 'postgresql' }],
])('no connection is offered where the target has one of %s', async (_, target) => {
	const candidates = [{ target, score: 20, reason: 'another engine' }];
	server({ 'GET /api/v1/mappings/suggestions': [suggestion({ target, score: 20, candidates })] });
	page();
	await screen.findByLabelText('Target of examples');
	expect(screen.queryByRole('group', { name: /Without a counterpart/ })).toBeNull();
});

test('what a plan refuses stands at its place, and is planned again with it acknowledged', async () => {
	const reasons = [
		{ kind: 'restricted', asset: 'Sales', text: 'has roles.', acknowledge: 'restricted:sales' },
		{ kind: 'jinja', asset: 'Births', text: 'has a macro.', acknowledge: 'jinja:births' },
		{ kind: 'too_many_changes', asset: '', text: 'Too many.' },
		{ kind: 'database_unmapped', asset: 'examples', text: 'has none.' },
	];
	const failed = planned(7, 'failed', { error: { sentence: 'No.', context: { reasons } } });
	const asked = server({ [PLAN]: planned(7, 'queued'), [TASK]: failed });
	const { given } = page();
	await screen.findByRole('link', { name: 'Sales Dashboard' });
	await fireEvent.click(plan());
	expect(await screen.findByText('The plan was refused for 4 reasons, shown beside.')).toBeTruthy();
	const [first] = screen.getAllByRole('button', { name: 'Plan with this acknowledged' });
	await fireEvent.click(first!);
	await waitFor(() => expect(given.draft.acknowledge).toEqual(['restricted:sales']));
	await fireEvent.click(await screen.findByRole('button', { name: 'Acknowledge all 2 and plan again' }));
	await waitFor(() => expect(given.draft.acknowledge).toEqual(['restricted:sales', 'jinja:births']));
	await fireEvent.click(await screen.findByRole('button', { name: 'Allow it and plan again' }));
	await waitFor(() => expect(given.draft.allowMany).toBe(true));
	const last = asked.findLast(({ path }) => path.endsWith('/plan'))!.body;
	expect(last).toMatchObject({ allow_many: true, acknowledge: ['restricted:sales', 'jinja:births'] });
	await fireEvent.click(screen.getByRole('button', { name: 'Take back jinja:births' }));
	expect(given.draft.acknowledge).toEqual(['restricted:sales']);
});

test('what the server says of a field stands at its part', async () => {
	const problem = { detail: 'No.', fields: { dashboards: ['There is no such dashboard.'] } };
	server({ [PLAN]: new Refusal(400, problem) });
	page();
	await screen.findByRole('link', { name: 'Sales Dashboard' });
	await fireEvent.click(plan());
	expect((await screen.findByText('There is no such dashboard.')).closest('[data-state=wrong]')).toBeTruthy();
});

test('a plan that is made already is followed instead of made twice', async () => {
	const same = new Refusal(409, { detail: 'Task 7 plans it.', extra: { task: 7 } });
	server({ [PLAN]: same, [TASK]: planned(7, 'succeeded', { result: { migration: 3 } }) });
	const { done } = page();
	await screen.findByRole('link', { name: 'Sales Dashboard' });
	await fireEvent.click(plan());
	await waitFor(() => expect(done).toHaveBeenCalledWith(3));
});

test('a reload goes on with the task in the address', async () => {
	server({ [TASK]: planned(7, 'awaiting_input') });
	page({ task: 7 });
	await fireEvent.click(await screen.findByRole('button', { name: 'Answer it' }));
	expect(drawer.current).toBe(7);
});

test('a dashboard that the source has no more is said to be gone, and not planned', async () => {
	server({ [asset('gone')]: reads() });
	page({ dashboards: ['gone'] });
	expect(await screen.findByText('gone is not on dev any more')).toBeTruthy();
	expect(plan().getAttribute('aria-disabled')).toBe('true');
});

test.each([
	['idle', null, ''],
	['nothing', planned(7, 'succeeded', { result: {} }), 'Nothing would change'],
	['done', planned(7, 'succeeded', { result: { migration: 3 } }), ''],
	['failed', planned(7, 'errored', { error: { sentence: 'It is away.' } }), 'It is away.'],
	['running', planned(7, 'queued', { stages: [], started: null }), 'Queued'],
])('the state of a plan in words: %s', (state, task, text) => {
	const planning = new Planning();
	planning.task = task;
	const { container } = render(PlanningLine, { planning });
	expect(container.querySelector('[role=status]')!.getAttribute('data-state')).toBe(state);
	expect(container.textContent).toContain(text);
});

test('while the server is asked to plan, that is said', async () => {
	let answer = (_: unknown) => {};
	const asked = serve({ [PLAN]: () => new Promise((resolve) => (answer = resolve)) });
	const planning = new Planning();
	render(PlanningLine, { planning });
	const started = planning.start({ source: 'dev', target: 'prod' } as never);
	expect(await screen.findByText('Asking the server…')).toBeTruthy();
	await waitFor(() => expect(asked.filter(({ method }) => method === 'POST')).toHaveLength(1));
	answer(planned(7, 'queued'));
	expect(await started).toBe(7);
});

test('a lost connection ends nothing: the task is asked for again', async () => {
	let fails = 1;
	vi.stubGlobal('fetch', async () => {
		if (fails-- > 0) throw new TypeError('down');
		const body = JSON.stringify(planned(7, 'succeeded', { result: { migration: 3 } }));
		return new Response(body, { headers: { 'Content-Type': 'application/json' } });
	});
	expect(await new Planning(() => Promise.resolve()).follow(7)).toBe(3);
});

test('databases are known only if they are known for each dashboard, and not asked for many', async () => {
	const asked = serve({ [asset('a')]: reads('s-1'), [asset('b')]: { ...reads(), known: false } });
	const usage = new Usage();
	await usage.ask('dev', ['a']);
	expect([...usage.databases!]).toEqual(['s-1']);
	await usage.ask('dev', ['a', 'b']);
	expect(usage.databases).toBeNull();
	expect(asked).toHaveLength(2);
	await usage.ask(
		'dev',
		Array.from({ length: 16 }, (_, at) => `${at}`),
	);
	expect(asked).toHaveLength(2);
});

test('a refusal about databases belongs to the databases', () => {
	expect(placeOf({ kind: 'database_takeover', asset: '', text: '' })).toBe('databases');
});
