import { fireEvent, render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { tick } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import PasswordChange from '#lib/components/shell/PasswordChange.svelte';
import PasswordForm from '#lib/components/shell/PasswordForm.svelte';
import SessionEnded from '#lib/components/shell/SessionEnded.svelte';
import SignIn from '#lib/components/shell/SignIn.svelte';
import Unreachable from '#lib/components/shell/Unreachable.svelte';
import { noAnswer, Problem } from '#lib/api/problem.ts';
import { locale } from '#lib/stores/locale.svelte.ts';
import { session } from '#lib/stores/session.svelte.ts';
import { theme } from '#lib/stores/theme.svelte.ts';
import { aSession, DOWN, notSignedIn, refuse, serve } from '#tests/mocks/shell.ts';
import { fillJsdom, kit } from './setup.ts';

vi.mock('$app/state', async () => (await import('./setup.ts')).kit);

const SESSION = '/api/v1/session';
const states = () => [...document.querySelectorAll('[data-state]')].map((each) => each.getAttribute('data-state'));

beforeEach(() => {
	fillJsdom();
	kit.page = { url: new URL('http://localhost/migrations/12?tab=plan'), status: 200 };
	session.current = null;
	session.state = 'none';
	session.ways = ['password', 'sso'];
});

afterEach(() => {
	vi.unstubAllGlobals();
	vi.useRealTimers();
});

async function fill(password: string) {
	await userEvent.type(screen.getByLabelText('Username'), 'ada');
	await userEvent.type(screen.getByLabelText('Password'), password);
	await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
}

test('the form and single sign-on stand together; that comes back to the same page', () => {
	render(SignIn);
	expect(screen.getByLabelText('Password')).toBeTruthy();
	expect(screen.getByRole('link', { name: 'Sign in with single sign-on' }).getAttribute('href')).toBe(
		'/sso/begin?next=%2Fmigrations%2F12%3Ftab%3Dplan',
	);
	expect(states()).toEqual(expect.arrayContaining(['sign-in', 'idle', 'en']));
});

test('where there is no single sign-on there is no button for it', () => {
	session.ways = ['password'];
	render(SignIn);
	expect(screen.queryByRole('link')).toBeNull();
});

test('a wrong password is told at the form, which keeps the name', async () => {
	serve({ [`POST ${SESSION}`]: refuse(401, { detail: 'Wrong user name or password.' }) });
	render(SignIn);
	await fill('wrong');
	expect((await screen.findByRole('alert')).textContent).toContain('Wrong user name or password.');
	expect((screen.getByLabelText('Username') as HTMLInputElement).value).toBe('ada');
	expect((screen.getByLabelText('Password') as HTMLInputElement).value).toBe('');
	expect(document.activeElement).toBe(screen.getByLabelText('Password'));
	expect(states()).toContain('refused');
});

test('a second press while the server is asked sends nothing', async () => {
	let answer = (_: unknown) => {};
	const calls = serve({ [`POST ${SESSION}`]: () => new Promise((resolve) => (answer = resolve)) });
	render(SignIn);
	await fill('right');
	await fireEvent.submit(document.querySelector('form')!);
	expect(states()).toContain('sending');
	await vi.waitFor(() => expect(calls).toHaveLength(1));
	answer(aSession());
	await vi.waitFor(() => expect(session.state).toBe('here'));
	expect(calls).toHaveLength(1);
});

test('language and theme can be chosen before anybody is signed in', async () => {
	render(SignIn);
	await userEvent.click(screen.getByRole('radio', { name: 'Русский' }));
	expect(screen.getByRole('heading', { name: 'Вход в Lockstep' })).toBeTruthy();
	expect(states()).toContain('ru');
	await userEvent.click(screen.getByRole('radio', { name: 'Тёмная' }));
	expect(document.documentElement.dataset.theme).toBe('dark');
	locale.set('en');
	theme.set('system');
});

test('a session that has ended asks for the password of the same person, and cannot be put off', async () => {
	session.current = aSession();
	session.state = 'ended';
	const calls = serve({ [`GET ${SESSION}`]: notSignedIn(['password', 'sso']), [`POST ${SESSION}`]: aSession() });
	render(SessionEnded);
	await screen.findByRole('dialog');
	const name = screen.getByLabelText('Username') as HTMLInputElement;
	expect([name.value, name.readOnly]).toEqual(['ada', true]);
	await fireEvent.keyDown(screen.getByRole('dialog'), { key: 'Escape' });
	expect(states()).toContain('ended');
	expect(screen.getByRole('link').getAttribute('target')).toBe('_blank');
	await userEvent.type(screen.getByLabelText('Password'), 'right');
	await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
	await vi.waitFor(() => expect(session.state).toBe('here'));
	expect(calls.at(-1)!.body).toEqual({ username: 'ada', password: 'right' });
});

test('who comes back from single sign-on in another tab goes on', async () => {
	session.current = aSession();
	session.state = 'ended';
	serve({ [`GET ${SESSION}`]: aSession() });
	render(SessionEnded);
	await screen.findByRole('dialog');
	window.dispatchEvent(new Event('focus'));
	await vi.waitFor(() => expect(session.state).toBe('here'));
});

test('a password that somebody else set has to be changed, or one leaves', async () => {
	session.current = aSession({ must_change_password: true });
	session.state = 'here';
	render(PasswordChange);
	expect(states()).toContain('due');
	expect(screen.getByRole('button', { name: 'Sign out' })).toBeTruthy();
	expect(document.title).toContain('Choose a new password');
});

async function fillPasswords(again: string) {
	await userEvent.type(screen.getByLabelText('Current password'), 'old');
	await userEvent.type(screen.getByLabelText('New password'), 'new-secret');
	await userEvent.type(screen.getByLabelText('New password again'), again);
	await userEvent.click(screen.getByRole('button', { name: 'Change password' }));
}

test('two new passwords that differ are not sent', async () => {
	const calls = serve({});
	render(PasswordForm);
	await fillPasswords('new-secrez');
	expect(screen.getByText('The two new passwords differ.')).toBeTruthy();
	expect(calls).toHaveLength(0);
});

test('what is wrong with a password stands at its field', async () => {
	serve({ [`PUT ${SESSION}/password`]: refuse(400, { detail: 'Invalid.', fields: { new: ['Too short.'] } }) });
	render(PasswordForm);
	await fillPasswords('new-secret');
	await vi.waitFor(() => expect(states()).toContain('refused'));
	const field = screen.getByLabelText('New password');
	expect(document.getElementById(field.getAttribute('aria-describedby')!)!.textContent).toBe('Too short.');
});

test('a changed password empties the form', async () => {
	let answer = (_: unknown) => {};
	session.current = aSession();
	const calls = serve({
		[`PUT ${SESSION}/password`]: () => new Promise((resolve) => (answer = resolve)),
		[`GET ${SESSION}`]: aSession(),
	});
	const changed = vi.fn();
	render(PasswordForm, { changed });
	await fillPasswords('new-secret');
	expect(states()).toContain('sending');
	await vi.waitFor(() => expect(calls).toHaveLength(1));
	answer(undefined);
	await vi.waitFor(() => expect(changed).toHaveBeenCalledOnce());
	expect(calls[0]!.body).toEqual({ old: 'old', new: 'new-secret' });
	expect((screen.getByLabelText('Current password') as HTMLInputElement).value).toBe('');
	expect(states()).toContain('idle');
});

test('a server that does not answer is asked again by itself, and at once on request', async () => {
	session.state = 'failed';
	session.problem = noAnswer();
	let up = false;
	let held = (_: unknown) => {};
	serve({ [`GET ${SESSION}`]: () => (up ? new Promise((resolve) => (held = resolve)) : DOWN) });
	render(Unreachable, { every: 20 });
	expect(screen.getByRole('heading', { name: 'Lockstep does not answer' })).toBeTruthy();
	expect(states()).toContain('offline');
	up = true;
	await userEvent.click(screen.getByRole('button', { name: 'Retry now' }));
	await vi.waitFor(() => expect(states()).toContain('trying'));
	await new Promise((resolve) => setTimeout(resolve, 30));
	held(aSession());
	await vi.waitFor(() => expect(session.state).toBe('here'));
});

test('a server that answers nonsense is told with the number of the request', async () => {
	session.state = 'failed';
	session.problem = new Problem({ detail: 'The database is locked.' }, 503, 'r-77');
	render(Unreachable);
	await tick();
	expect(screen.getByText('The database is locked.')).toBeTruthy();
	expect(screen.getByText('Request r-77')).toBeTruthy();
	expect(states()).toContain('failed');
});
