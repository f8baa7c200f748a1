// [DEF:lib/stores/session.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: Who is signed in, and what to do when a session ends: ask for it again, and keep the page.
// @RELATION DEPENDS_ON -> lib/api/client.ts
// @RELATION DEPENDS_ON -> lib/stores/locale.svelte.ts

import { client, data, hooks } from '#lib/api/client.ts';
import { type Problem, problemOf } from '#lib/api/problem.ts';
import type { Preferences, Session } from '#lib/api/types.ts';
import { type Locale, locale } from './locale.svelte.ts';
import { type Theme, theme } from './theme.svelte.ts';

const ADDRESS = '/api/v1/session';

class SessionStore {
	/** unknown: not asked yet · none: nobody is signed in · here · ended: it ran out while a page was open. */
	state = $state<'unknown' | 'none' | 'here' | 'ended' | 'failed'>('unknown');
	current = $state.raw<Session | null>(null);
	/** How one may sign in here, told to anybody. */
	ways = $state.raw<string[]>(['password']);
	/** Why the server could not be asked at all. */
	problem = $state.raw<Problem | null>(null);
	#waiting: PromiseWithResolvers<void> | null = null;
	/** Of this page before anybody has signed in, or since the session has ended. */
	#token = '';

	constructor() {
		hooks.signIn = () => this.#ended();
		hooks.csrfToken = () => this.#token || (this.current?.csrf_token ?? '');
		hooks.language = () => locale.current;
	}

	/** What the server says of it now. A page that is open stays, whatever the answer. */
	async load(): Promise<void> {
		try {
			this.#accept(await data(client.GET(ADDRESS)));
		} catch (error) {
			const problem = problemOf(error);
			if (problem.status === 401) this.#nobody(problem);
			else if (this.current) throw problem;
			else {
				this.problem = problem;
				this.state = 'failed';
			}
		}
	}

	async signIn(username: string, password: string): Promise<void> {
		this.#accept(await data(client.POST(ADDRESS, { body: { username, password } })));
	}

	async signOut(): Promise<void> {
		await data(client.DELETE(ADDRESS));
		this.left();
	}

	/** The session is over, and whoever it belonged to wanted it so. */
	left(): void {
		this.current = null;
		location.assign('/');
	}

	async changePassword(old: string, password: string): Promise<void> {
		await data(client.PUT(`${ADDRESS}/password`, { body: { old, new: password } }));
		await this.load();
	}

	/** Shows the choice at once and keeps it in the profile. The language comes after: the profile's is that of the server's texts. */
	async prefer(choice: Partial<Preferences>): Promise<void> {
		if (choice.theme) theme.set(choice.theme as Theme);
		try {
			if (!this.current) return;
			const preferences = await data(client.PATCH(`${ADDRESS}/preferences`, { body: choice }));
			this.current = { ...this.current, user: { ...this.current.user, preferences } };
		} finally {
			if (choice.language) locale.set(choice.language as Locale);
		}
	}

	#accept(session: Session): void {
		if (this.current && this.current.user.username !== session.user.username) {
			location.reload(); // what the page shows is for somebody else
			return;
		}
		this.current = session;
		this.problem = null;
		this.#token = '';
		this.ways = session.sign_in;
		const preferences = session.user.preferences;
		if (preferences?.language) locale.set(preferences.language as Locale);
		if (preferences?.theme) theme.set(preferences.theme as Theme);
		this.state = 'here';
		this.#waiting?.resolve();
		this.#waiting = null;
	}

	#nobody(problem: Problem): void {
		this.problem = null;
		this.ways = (problem.extra.sign_in as string[] | undefined) ?? this.ways;
		this.#token = (problem.extra.csrf_token as string | undefined) ?? '';
		this.state = this.current ? 'ended' : 'none';
	}

	/** A request was refused for want of a session: it waits until there is one. Another window may have one already. */
	#ended(): Promise<void> {
		if (this.#waiting) return this.#waiting.promise;
		this.#waiting = Promise.withResolvers<void>();
		const { promise } = this.#waiting;
		this.load().catch(() => (this.state = 'ended'));
		return promise;
	}
}

export const session = new SessionStore();
