import { render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import Preferences from '#lib/components/shell/profile/Preferences.svelte';
import Profile from '#lib/components/shell/profile/Profile.svelte';
import Sessions from '#lib/components/shell/profile/Sessions.svelte';
import Tokens from '#lib/components/shell/profile/Tokens.svelte';
import { activity } from '#lib/stores/activity.svelte.ts';
import { session } from '#lib/stores/session.svelte.ts';
import { shell } from '#lib/stores/shell.svelte.ts';
import { toasts } from '#lib/stores/toasts.svelte.ts';
import { anActivity, aSession, aToken, refuse, serve } from '#tests/mocks/shell.ts';
import { fillJsdom } from './setup.ts';

const PREFERENCES = 'PATCH /api/v1/session/preferences';
const TOKENS = '/api/v1/tokens';
const states = () => [...document.querySelectorAll('[data-state]')].map((each) => each.getAttribute('data-state'));

beforeEach(() => {
	fillJsdom();
	session.current = aSession();
	session.state = 'here';
	activity.data = anActivity();
	toasts.list = [];
});

afterEach(() => vi.unstubAllGlobals());

test('it says who I am, what I may and where', () => {
	serve({ [`GET ${TOKENS}`]: { results: [] } });
	const roles = [
		{ slug: 'e', title: 'Data engineer', where: '*', group: '' },
		{ slug: 'a', title: 'Approver', where: 'tier:prod', group: 'bi-leads' },
	];
	session.current = aSession({}, { roles });
	render(Profile);
	expect(screen.getByText('ada@example.org')).toBeTruthy();
	const [first, second] = within(screen.getByText('Roles').nextElementSibling as HTMLElement).getAllByRole('listitem');
	expect(first!.textContent).toBe('Data engineer, everywhere');
	expect(second!.textContent).toBe('Approver, all environments of the tier prod, from the group bi-leads');
	expect(shell.page?.title).toBe('Profile');
	expect(states()).toContain('roles');
});

test('who has no role reads who gives one; an administrator has all', () => {
	serve({ [`GET ${TOKENS}`]: { results: [] } });
	session.current = aSession({}, { roles: [] });
	const { unmount } = render(Profile);
	expect(screen.getByText(/You have no role yet/)).toBeTruthy();
	expect(states()).toContain('nothing');
	unmount();
	session.current = aSession({ administrator: true }, { roles: [] });
	render(Profile);
	expect(screen.getByText('Administrator: all permissions everywhere')).toBeTruthy();
	expect(states()).toContain('administrator');
});

test('a preference is kept as soon as it is chosen', async () => {
	const calls = serve({
		[PREFERENCES]: { language: '', theme: 'system', environment: 'stage', time_zone: '' },
	});
	render(Preferences);
	expect(states()).toContain('idle');
	await userEvent.selectOptions(screen.getByLabelText('First environment'), 'stage');
	expect(await screen.findByText('Saved')).toBeTruthy();
	expect(calls[0]!.body).toEqual({ environment: 'stage' });
	expect(states()).toContain('kept');
});

test('a time zone is one of the list; another is not sent', async () => {
	const calls = serve({
		[PREFERENCES]: { language: '', theme: 'system', environment: null, time_zone: 'Europe/Berlin' },
	});
	render(Preferences);
	const field = screen.getByLabelText('Time zone');
	await userEvent.type(field, 'Berlin{Tab}');
	expect(screen.getByText('Choose one from the list.')).toBeTruthy();
	expect(calls).toHaveLength(0);
	await userEvent.clear(field);
	await userEvent.type(field, 'Europe/Berlin{Tab}');
	await vi.waitFor(() => expect(calls[0]?.body).toEqual({ time_zone: 'Europe/Berlin' }));
});

test('a preference that is refused says why', async () => {
	serve({ [PREFERENCES]: refuse(400, { detail: 'Invalid.', fields: { environment: ['It is gone.'] } }) });
	render(Preferences);
	await userEvent.selectOptions(screen.getByLabelText('First environment'), 'prod');
	expect(await screen.findByText('It is gone.')).toBeTruthy();
	expect(states()).toContain('refused');
});

test('all sessions end, this one too', async () => {
	let answer = (_: unknown) => {};
	const calls = serve({ 'DELETE /api/v1/sessions': () => new Promise((resolve) => (answer = resolve)) });
	const left = vi.spyOn(session, 'left').mockImplementation(() => {});
	render(Sessions);
	expect(states()).toEqual(expect.arrayContaining(['idle']));
	await userEvent.click(screen.getByRole('button', { name: 'Sign out everywhere' }));
	expect(states()).toContain('ending');
	await vi.waitFor(() => expect(calls).toHaveLength(1));
	answer(undefined);
	await vi.waitFor(() => expect(left).toHaveBeenCalledOnce());
	left.mockRestore();
});

test('no tokens: the way to one', async () => {
	serve({ [`GET ${TOKENS}`]: { results: [] } });
	render(Tokens);
	expect(await screen.findByText('No tokens')).toBeTruthy();
	expect(states()).toContain('empty');
	expect(screen.getByRole('button', { name: 'New token' })).toBeTruthy();
});

test('a new token is limited as chosen, and shown once', async () => {
	let made = false;
	const calls = serve({
		[`GET ${TOKENS}`]: () => ({ results: made ? [aToken(2, { name: 'CI' })] : [] }),
		[`POST ${TOKENS}`]: () => {
			made = true;
			return { ...aToken(2, { name: 'CI' }), token: 'lockstep_secret' };
		},
	});
	render(Tokens);
	await userEvent.click(await screen.findByRole('button', { name: 'New token' }));
	expect(states()).toContain('adding');
	await userEvent.type(screen.getByLabelText('Name'), 'CI');
	await userEvent.click(screen.getByRole('radio', { name: 'Read and change' }));
	await userEvent.click(screen.getByRole('checkbox', { name: 'dev' }));
	await userEvent.clear(screen.getByLabelText('Valid for, days'));
	await userEvent.type(screen.getByLabelText('Valid for, days'), '30');
	await userEvent.click(screen.getByRole('button', { name: 'Create' }));
	expect(((await screen.findByLabelText('Token')) as HTMLInputElement).value).toBe('lockstep_secret');
	expect(states()).toContain('made');
	const sent = calls.find((each) => each.method === 'POST')!;
	expect(sent.body).toEqual({ name: 'CI', scope: 'act', where: ['dev'], days: 30 });
	await userEvent.click(screen.getByRole('button', { name: 'Done' }));
	expect(screen.queryByDisplayValue('lockstep_secret')).toBeNull();
	expect(await screen.findByRole('button', { name: 'Revoke CI' })).toBeTruthy();
});

test('what is wrong with a new token stands at its field', async () => {
	let answer = (_: unknown) => {};
	serve({ [`GET ${TOKENS}`]: { results: [] }, [`POST ${TOKENS}`]: () => new Promise((resolve) => (answer = resolve)) });
	render(Tokens);
	await userEvent.click(await screen.findByRole('button', { name: 'New token' }));
	expect(states()).toContain('idle');
	await userEvent.type(screen.getByLabelText('Name'), 'CI{Enter}');
	expect(states()).toContain('sending');
	await new Promise((resolve) => setTimeout(resolve));
	answer(refuse(400, { detail: 'Invalid.', fields: { name: ['You have one of this name.'] } }));
	expect(await screen.findByText('You have one of this name.')).toBeTruthy();
	expect(states()).toContain('refused');
});

test('a token is revoked after a second thought', async () => {
	let there = true;
	const calls = serve({
		[`GET ${TOKENS}`]: () => ({ results: there ? [aToken(1, { name: 'nightly', where: ['dev'] })] : [] }),
		[`DELETE ${TOKENS}/1`]: () => void (there = false),
	});
	render(Tokens);
	await userEvent.click(await screen.findByRole('button', { name: 'Revoke nightly' }));
	expect(states()).toContain('asking');
	expect(calls.some((each) => each.method === 'DELETE')).toBe(false);
	await userEvent.click(screen.getByRole('button', { name: 'Revoke' }));
	expect(await screen.findByText('No tokens')).toBeTruthy();
	expect(toasts.list[0]!.text).toBe('Token nightly revoked');
});
