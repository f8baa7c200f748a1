import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aSession, DOWN, notSignedIn, refuse, serve } from '#tests/mocks/shell.ts';

const SESSION = '/api/v1/session';

async function fresh() {
	vi.resetModules();
	const { session } = await import('#lib/stores/session.svelte.ts');
	const { client, data } = await import('#lib/api/client.ts');
	const { locale } = await import('#lib/stores/locale.svelte.ts');
	const tasks = () => data(client.GET('/api/v1/tasks'));
	const revoke = () => data(client.DELETE('/api/v1/tokens/{id}', { params: { path: { id: 7 } } }));
	return { session, tasks, revoke, locale };
}

beforeEach(() => localStorage.clear());
afterEach(() => vi.unstubAllGlobals());

test('nobody is signed in: the ways in are known, and the sign-in sends the token of the page', async () => {
	const calls = serve({ [`GET ${SESSION}`]: notSignedIn(['password', 'sso']), [`POST ${SESSION}`]: aSession() });
	const { session } = await fresh();
	await session.load();
	expect(session.state).toBe('none');
	expect(session.ways).toEqual(['password', 'sso']);
	await session.signIn('ada', 'secret');
	expect(session.state).toBe('here');
	expect(calls.at(-1)!.headers.get('X-CSRFToken')).toBe('fresh');
});

test('a wrong password leaves the page as it is and tells why', async () => {
	serve({ [`GET ${SESSION}`]: notSignedIn(), [`POST ${SESSION}`]: refuse(401, { detail: 'Wrong name or password.' }) });
	const { session } = await fresh();
	await session.load();
	await expect(session.signIn('ada', 'wrong')).rejects.toThrow('Wrong name or password.');
	expect(session.state).toBe('none');
});

test('a server that does not answer is told, and asked again with success', async () => {
	let up = false;
	serve({ [`GET ${SESSION}`]: () => (up ? aSession() : DOWN) });
	const { session } = await fresh();
	await session.load();
	expect(session.state).toBe('failed');
	expect(session.problem?.offline).toBe(true);
	up = true;
	await session.load();
	expect(session.state).toBe('here');
	expect(session.problem).toBeNull();
});

test('after the session has ended, requests wait for one sign-in and are sent once more each', async () => {
	let signedIn = true;
	const calls = serve({
		[`GET ${SESSION}`]: () => (signedIn ? aSession() : notSignedIn()),
		[`POST ${SESSION}`]: () => {
			signedIn = true;
			return aSession({}, { csrf_token: 'token-of-the-new-session' });
		},
		'GET /api/v1/tasks': () => (signedIn ? { results: [] } : notSignedIn()),
		'DELETE /api/v1/tokens/7': () => (signedIn ? { revoked: 7 } : notSignedIn()),
	});
	const { session, tasks, revoke } = await fresh();
	await session.load();
	signedIn = false;
	const reading = tasks();
	const writing = revoke();
	await vi.waitFor(() => expect(session.state).toBe('ended'));
	expect(session.current?.user.username).toBe('ada');
	await session.signIn('ada', 'secret');
	expect(await reading).toEqual({ results: [] });
	expect(await writing).toEqual({ revoked: 7 });
	expect(session.state).toBe('here');
	expect(calls.filter((each) => each.path === '/api/v1/tasks')).toHaveLength(2);
	const sent = calls.filter((each) => each.path === '/api/v1/tokens/7');
	expect(sent.map((each) => each.headers.get('X-CSRFToken'))).toEqual([
		'token-of-the-session',
		'token-of-the-new-session',
	]);
});

test('a request that is refused again after the sign-in is not sent for ever', async () => {
	const calls = serve({ [`GET ${SESSION}`]: aSession(), 'GET /api/v1/tasks': notSignedIn() });
	const { session, tasks } = await fresh();
	await session.load();
	await expect(tasks()).rejects.toThrow('Sign in first.');
	expect(calls.filter((each) => each.path === '/api/v1/tasks')).toHaveLength(2);
	expect(session.state).toBe('here');
});

test('a session that was renewed in another window goes on without a question', async () => {
	let refused = 0;
	serve({ [`GET ${SESSION}`]: aSession(), 'GET /api/v1/tasks': () => (refused++ ? { results: [1] } : notSignedIn()) });
	const { session, tasks } = await fresh();
	await session.load();
	expect(await tasks()).toEqual({ results: [1] });
	expect(session.state).toBe('here');
});

test('somebody else who signs in gets a page of their own', async () => {
	let user = 'ada';
	serve({ [`GET ${SESSION}`]: () => aSession({ username: user }) });
	const reload = vi.fn();
	vi.stubGlobal('location', { ...location, origin: location.origin, reload });
	const { session } = await fresh();
	await session.load();
	user = 'grace';
	await session.load();
	expect(reload).toHaveBeenCalledOnce();
	expect(session.current?.user.username).toBe('ada');
});

test('a choice is kept in the profile; the language changes once the server speaks it', async () => {
	let shown = '';
	const preferences = { language: 'ru', theme: 'system', environment: null, time_zone: '' };
	const { session, locale } = await fresh();
	const calls = serve({
		[`GET ${SESSION}`]: aSession(),
		[`PATCH ${SESSION}/preferences`]: () => {
			shown = locale.current;
			return preferences;
		},
	});
	await session.load();
	await session.prefer({ language: 'ru' });
	expect(shown).toBe('en');
	expect(locale.current).toBe('ru');
	expect(calls.at(-1)!.body).toEqual({ language: 'ru' });
	expect(session.current?.user.preferences.language).toBe('ru');
	locale.set('en');
});

test('a choice that cannot be kept is shown all the same', async () => {
	const { session, locale } = await fresh();
	serve({ [`GET ${SESSION}`]: aSession(), [`PATCH ${SESSION}/preferences`]: DOWN });
	await session.load();
	await expect(session.prefer({ language: 'ru' })).rejects.toThrow();
	expect(locale.current).toBe('ru');
	locale.set('en');
});
