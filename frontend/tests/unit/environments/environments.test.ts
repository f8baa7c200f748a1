import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import ConnectionResult from '#lib/components/environments/ConnectionResult.svelte';
import EnvironmentFacts from '#lib/components/environments/EnvironmentFacts.svelte';
import EnvironmentForm from '#lib/components/environments/EnvironmentForm.svelte';
import EnvironmentList from '#lib/components/environments/EnvironmentList.svelte';
import EnvironmentPage from '#lib/components/environments/EnvironmentPage.svelte';
import Health from '#lib/components/environments/Health.svelte';
import ProtectionRequest from '#lib/components/environments/ProtectionRequest.svelte';
import RemoveDialog from '#lib/components/environments/RemoveDialog.svelte';
import { draftOf, toEdit } from '#lib/components/environments/draft.ts';
import type { EnvironmentDetail } from '#lib/api/environments.ts';
import { Problem } from '#lib/api/problem.ts';
import { ConnectionTest } from '#lib/stores/connectionTest.svelte.ts';
import AdminLink from '#lib/components/ui/AdminLink.svelte';
import { session } from '#lib/stores/session.svelte.ts';
import { shortcuts } from '#lib/stores/shortcuts.svelte.ts';
import { environment } from '#tests/mocks/environments.ts';
import { Refusal, serve } from '#tests/mocks/server.ts';

const at_once = () => Promise.resolve();

test.each([
	['Reachable', true, 'ok'],
	['Not reachable', true, 'unreachable'],
	['Not checked', true, 'not checked'],
	['Disabled', false, 'ok'],
])('the health of an environment is told in words: %s', (word, enabled, state) => {
	render(Health, { enabled, state });
	expect(screen.getByText(word)).toBeTruthy();
});

test('without environments the page leads to the first one', () => {
	render(EnvironmentList, { environments: [] });
	expect(screen.getByRole('link', { name: /Add your first environment/ }).getAttribute('href')).toBe(
		'/environments/new',
	);
});

test('the list says who writes an environment now', () => {
	const writing = { task: 12, migration: 11, actor: 'bea', since: '2026-11-24T22:00:05Z' };
	render(EnvironmentList, { environments: [environment({ writing })] });
	expect(screen.getByRole('link', { name: /being written by migration 11/ }).getAttribute('href')).toBe('/tasks/12');
});

test('what the server refuses stands at its field, and nothing typed is lost', async () => {
	const save = vi.fn().mockRejectedValue(new Problem({ detail: 'No.', fields: { url: ['That is no address.'] } }, 400));
	render(EnvironmentForm, { environment: environment(), save, label: 'Save' });
	const address = screen.getByLabelText('Address');
	await userEvent.clear(address);
	await userEvent.type(address, 'nonsense');
	await fireEvent.submit(address.closest('form')!);
	expect(await screen.findByText('That is no address.')).toBeTruthy();
	expect(address.getAttribute('aria-invalid')).toBe('true');
	expect((address as HTMLInputElement).value).toBe('nonsense');
});

test('a form that is being saved is not sent twice, and forgets the secret afterwards', async () => {
	let arrived = () => {};
	const save = vi.fn(() => new Promise<void>((done) => (arrived = done)));
	const { container } = render(EnvironmentForm, { environment: environment(), save, label: 'Save' });
	const secret = screen.getByLabelText('Password') as HTMLInputElement;
	await userEvent.type(secret, 'hunter2');
	const form = container.querySelector('form')!;
	await fireEvent.submit(form);
	await fireEvent.submit(form);
	expect(form.dataset.state).toBe('saving');
	expect(save).toHaveBeenCalledOnce();
	arrived();
	await waitFor(() => expect(secret.value).toBe(''));
});

const OFFERS: [EnvironmentDetail['sign_in_kinds'], string[]][] = [
	[
		['oauth', 'api_key'],
		['OAuth, which people use; Lockstep needs a token', 'API key, entered as a token'],
	],
	[['ldap'], ['LDAP']],
	[null, ['Not known']],
];

test.each(OFFERS)('the page of an environment says what the server offers: %s', (kinds, words) => {
	render(EnvironmentFacts, { environment: environment({ sign_in_kinds: kinds }) });
	const offer = screen.getByText('Sign-in offered').nextElementSibling as HTMLElement;
	for (const each of words) expect(within(offer).getByText(each)).toBeTruthy();
});

test('beside the method stands what the server offers', async () => {
	render(EnvironmentForm, { environment: environment({ sign_in_kinds: ['ldap'] }), save: vi.fn(), label: 'Save' });
	expect(screen.getByText('The server signs people in another way: LDAP.')).toBeTruthy();
	await userEvent.selectOptions(screen.getByLabelText('Method'), 'ldap');
	expect(screen.getByText('The server offers: LDAP.')).toBeTruthy();
	await userEvent.selectOptions(screen.getByLabelText('Method'), 'token');
	expect(screen.getByText('The server offers: LDAP.')).toBeTruthy();
});

test('beside the method stands nothing of a server that says nothing', () => {
	render(EnvironmentForm, { environment: environment({ sign_in_kinds: null }), save: vi.fn(), label: 'Save' });
	expect(screen.queryByText(/The server/)).toBeNull();
});

test('an edit sends only what was changed', () => {
	const draft = { ...draftOf(environment()), isProtected: false, reason: 'It moves.' };
	expect(toEdit(draft, environment())).toEqual({ protected: false, reason: 'It moves.' });
	expect(toEdit(draftOf(environment()), environment())).toEqual({});
});

test('a test of the connection waits for its task and names the release', async () => {
	const states = ['running', 'running', 'succeeded'];
	serve({
		'POST /api/v1/environments/prod/check': { id: 7, state: 'queued' },
		'GET /api/v1/tasks/7': () => ({ id: 7, state: states.shift(), result: { release: '6.1.0' }, error: null }),
	});
	const connection = new ConnectionTest(at_once);
	render(ConnectionResult, { test: connection });
	const running = connection.run('prod');
	expect(await screen.findByText('Asking the server…')).toBeTruthy();
	await running;
	expect(await screen.findByText('The connection works: Superset 6.1.0.')).toBeTruthy();
});

test('a test that fails says what is wrong, with the way to the log', async () => {
	const error = { sentence: 'The account was refused.' };
	serve({ 'POST /api/v1/environments/prod/check': { id: 7, state: 'failed', result: null, error } });
	const connection = new ConnectionTest(at_once);
	render(ConnectionResult, { test: connection });
	await connection.run('prod');
	expect(await screen.findByText('The account was refused.')).toBeTruthy();
	expect(screen.getByRole('link', { name: 'See the log' }).getAttribute('href')).toBe('/tasks/7');
});

test('a test that the server does not start says why', async () => {
	serve({ 'POST /api/v1/environments/prod/check': new Refusal(403, { detail: 'You may not.' }) });
	const connection = new ConnectionTest(at_once);
	await connection.run('prod');
	expect([connection.state, connection.reason]).toEqual(['broken', 'You may not.']);
});

const REQUEST = {
	removes: false,
	before: { protected: true },
	after: { protected: false },
	sign_in: null,
	reason: 'It moves.',
	requested_by: 'ada',
	requested: '2026-11-24T22:00:05Z',
	expires: '2026-11-25T22:00:05Z',
};

test('who asked for a lower protection cannot confirm it, and reads who can', () => {
	const refused = { allowed: false, reason: 'You asked for it.', who: ['bea'] };
	const allowed_actions = { confirm: refused, decline: { allowed: true, reason: '' } };
	render(ProtectionRequest, { request: { ...REQUEST, allowed_actions } as never, decide: vi.fn() });
	expect(screen.getByRole('button', { name: 'Confirm' }).getAttribute('aria-disabled')).toBe('true');
	expect(screen.getByText(/Who can: bea/)).toBeTruthy();
});

test('a decision is sent once', async () => {
	let arrived = () => {};
	const decide = vi.fn(() => new Promise<void>((done) => (arrived = done)));
	const yes = { allowed: true, reason: '' };
	render(ProtectionRequest, {
		request: { ...REQUEST, allowed_actions: { confirm: yes, decline: yes } } as never,
		decide,
	});
	await userEvent.click(screen.getByRole('button', { name: 'Confirm' }));
	await userEvent.click(screen.getByRole('button', { name: 'Confirm' }));
	expect(decide).toHaveBeenCalledExactlyOnceWith('confirm');
	arrived();
});

test('an environment is removed only after its name was typed', async () => {
	const remove = vi.fn(at_once);
	render(RemoveDialog, { open: true, name: 'prod', remove });
	const name = await screen.findByLabelText('Type prod to confirm');
	await userEvent.type(name, 'pro{Enter}');
	expect(remove).not.toHaveBeenCalled();
	await userEvent.type(name, 'd{Enter}');
	expect(remove).toHaveBeenCalledOnce();
});

test('the page of an environment shows its facts, and its form on request', async () => {
	const props = { environment: environment(), changed: vi.fn(), reload: at_once };
	render(EnvironmentPage, props);
	expect(screen.getByText('Needs 1 approval')).toBeTruthy();
	await userEvent.click(screen.getByRole('button', { name: 'Edit' }));
	expect(screen.getByLabelText('Address')).toBeTruthy();
});

test('J and K go from environment to environment', async () => {
	addEventListener('keydown', shortcuts.handle);
	render(EnvironmentList, { environments: [environment({ slug: 'dev' }), environment({ slug: 'prod' })] });
	const here = () => document.activeElement?.getAttribute('href');
	await userEvent.keyboard('jj');
	expect(here()).toBe('/environments/prod');
	await userEvent.keyboard('k');
	expect(here()).toBe('/environments/dev');
	removeEventListener('keydown', shortcuts.handle);
});

const NO = { allowed: false, reason: 'You do not have the permission catalogue.sync.', who: ['oscar'] };

function page(facts: Parameters<typeof environment>[0] = {}, props: object = {}) {
	return render(EnvironmentPage, { environment: environment(facts), changed: vi.fn(), reload: at_once, ...props });
}

test('a refused button says why and who can, two with one reason say it once', () => {
	const actions = environment().allowed_actions;
	page({ allowed_actions: { ...actions, check: NO, sync: NO, remove: { ...NO, reason: 'It has tasks.', who: [] } } });
	const told = screen.getAllByText(/You do not have the permission/);
	expect(told).toHaveLength(1);
	expect(screen.getByText(/Who can: oscar/)).toBeTruthy();
	for (const name of ['Test the connection', 'Sync']) {
		const button = screen.getByRole('button', { name });
		expect(button.getAttribute('aria-disabled')).toBe('true');
		expect(document.getElementById(button.getAttribute('aria-describedby')!)).toBe(told[0]);
	}
	expect(screen.getByText('It has tasks.')).toBeTruthy();
});

test('the page says who writes there now', () => {
	page({ writing: { task: 12, migration: 11, actor: 'bea', since: '2026-11-24T22:00:05Z' } });
	const link = screen.getByRole('link', { name: 'being written by migration 11' });
	expect(link.getAttribute('href')).toBe('/tasks/12');
	expect(link.closest('dl')!.dataset.state).toBe('written');
});

test('the page says until when it is frozen, and why', () => {
	page({ freeze: { reason: 'Audit', ends: '2026-11-30T22:00:00Z' } });
	expect(screen.getByText(/Frozen until .*2026/).textContent).toContain('Audit');
	expect(screen.getByText(/Frozen until/).closest('dl')!.dataset.state).toBe('frozen');
});

test('an environment that is free shows the age and the size of its catalogue', () => {
	page();
	expect(screen.getByText(/31 assets/)).toBeTruthy();
	expect(screen.getByText('free').closest('dl')!.dataset.state).toBe('free');
	expect(screen.getByText('lockstep (User name and password)')).toBeTruthy();
});

test('what was just added is tested once, and the address forgets it', async () => {
	const asked = serve({
		'POST /api/v1/environments/prod/check': { id: 7, state: 'succeeded', result: { release: '6.1.0' }, error: null },
	});
	const tested = vi.fn();
	page({}, { test: true, tested });
	expect(await screen.findByText('The connection works: Superset 6.1.0.')).toBeTruthy();
	expect(tested).toHaveBeenCalledOnce();
	expect(asked).toHaveLength(1);
});

test('a request names what it changes in words', () => {
	const yes = { allowed: true, reason: '', who: [] };
	const request = {
		...REQUEST,
		before: { protected: true, approvals_needed: 2, tier: 'prod' },
		after: { protected: false, approvals_needed: 1, tier: 'other' },
		sign_in: { username: 'robot', provider: 'ldap' },
		allowed_actions: { confirm: yes, decline: yes },
	};
	render(ProtectionRequest, { request, decide: vi.fn() });
	const words = [...document.querySelectorAll('dt')].map(
		(each) => `${each.textContent}: ${each.nextElementSibling!.textContent.trim()}`,
	);
	expect(words).toEqual([
		'Protected: yes → no',
		'Approvals needed: 2 → 1',
		'Tier: prod → other',
		'Account: robot (LDAP)',
	]);
});

test('who may not add an environment reads who can', () => {
	render(EnvironmentList, { environments: [], add: { ...NO, reason: 'You may not.' } });
	expect(screen.getByRole('button', { name: /Add your first/ }).getAttribute('aria-disabled')).toBe('true');
	expect(screen.getByText(/Who can: oscar/)).toBeTruthy();
});

test('only staff has a way to the admin', () => {
	session.current = { user: { staff: false } } as never;
	const { unmount } = render(AdminLink, { model: 'environments/environment', id: 3 });
	expect(screen.queryByRole('link')).toBeNull();
	unmount();
	session.current = { user: { staff: true } } as never;
	render(AdminLink, { model: 'environments/environment', id: 3 });
	const link = screen.getByRole('link', { name: 'Open in the admin' });
	expect([link.getAttribute('href'), link.dataset.state]).toEqual([
		'/admin/environments/environment/3/change/',
		'staff',
	]);
	session.current = null;
});
