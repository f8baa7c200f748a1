// A server, a socket and the facts of a shell, for tests.

import { vi } from 'vitest';
import type { Activity, ActivityTask, Token } from '#lib/api/shell.ts';
import type { EnvironmentBrief, Session } from '#lib/api/types.ts';

export interface Call {
	method: string;
	path: string;
	query: URLSearchParams;
	body: unknown;
	headers: Headers;
}

type Answer = unknown | ((call: Call) => unknown | Promise<unknown>);

/** What `refuse` makes becomes an answer with that status. */
class Refusal {
	constructor(
		readonly status: number,
		readonly document: Record<string, unknown>,
	) {}
}

export const refuse = (status: number, document: Record<string, unknown> = {}) => new Refusal(status, document);
/** No answer at all. */
export const DOWN = Symbol('down');

/** Answers `METHOD /path` as told; returns the requests that came. What is not told is not there (404). */
export function serve(answers: Record<string, Answer>): Call[] {
	const calls: Call[] = [];
	vi.stubGlobal('fetch', async (request: Request) => {
		const url = new URL(request.url);
		const text = await request.text();
		const call = {
			method: request.method,
			path: url.pathname,
			query: url.searchParams,
			body: text ? (JSON.parse(text) as unknown) : undefined,
			headers: request.headers,
		};
		calls.push(call);
		const told = answers[`${call.method} ${call.path}`] ?? refuse(404, { detail: 'There is no such address.' });
		const answer: unknown = typeof told === 'function' ? await (told as (call: Call) => unknown)(call) : told;
		if (answer === DOWN) throw new TypeError('Failed to fetch');
		if (answer instanceof Refusal) return json(answer.document, answer.status, 'application/problem+json');
		return answer === undefined ? new Response(null, { status: 204 }) : json(answer, 200, 'application/json');
	});
	return calls;
}

function json(body: unknown, status: number, type: string): Response {
	return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': type, 'X-Request-ID': 'r-1' } });
}

export class FakeSocket {
	static readonly OPEN = 1;
	static last: FakeSocket | null = null;
	readyState = 0;
	onopen: (() => void) | null = null;
	onmessage: ((event: { data: string }) => void) | null = null;
	onclose: ((event: { code: number }) => void) | null = null;

	constructor(readonly url: string) {
		FakeSocket.last = this;
	}

	open(): void {
		this.readyState = 1;
		this.onopen?.();
	}

	tell(message: unknown): void {
		this.onmessage?.({ data: JSON.stringify(message) });
	}

	send(): void {}

	close(code = 1000): void {
		this.readyState = 3;
		this.onclose?.({ code });
	}
}

export function aSession(user: Partial<Session['user']> = {}, rest: Partial<Session> = {}): Session {
	return {
		user: {
			username: 'ada',
			name: 'Ada Lovelace',
			email: 'ada@example.org',
			administrator: false,
			staff: false,
			preferences: { language: '', theme: 'system', environment: null, time_zone: '' },
			must_change_password: false,
			...user,
		},
		roles: [{ slug: 'engineer', title: 'Data engineer', where: '*', group: '' }],
		permissions: [],
		csrf_token: 'token-of-the-session',
		sign_in: ['password'],
		version: '0.14.0',
		allowed_actions: {},
		...rest,
	};
}

export const notSignedIn = (ways = ['password']) =>
	refuse(401, { code: 'not_authenticated', detail: 'Sign in first.', extra: { csrf_token: 'fresh', sign_in: ways } });

const sign = { ok: true, seen: '2026-11-26T22:17:00Z', sentence: '', next_step: '' };

export function anEnvironment(slug: string, rest: Partial<EnvironmentBrief> = {}): EnvironmentBrief {
	return {
		slug,
		name: slug,
		tier: 'dev',
		protected: false,
		enabled: true,
		state: 'ok',
		release: '4.1.1',
		url: `https://${slug}.example.org`,
		last_contact: '2026-11-26T22:16:00Z',
		catalogue: { finished: '2026-11-26T22:13:00Z', counts: { dashboard: 1024 }, error: null },
		writing: null,
		freeze: null,
		...rest,
	};
}

export function aTask(id: number, rest: Partial<ActivityTask> = {}): ActivityTask {
	return {
		id,
		plugin: 'migrations',
		action: 'apply',
		title: `Apply migration ${id} to prod`,
		migration: id,
		environment: 'prod',
		environment_name: 'prod',
		state: 'running',
		actor: 'ada',
		priority: 0,
		created: '2026-11-26T22:10:00Z',
		started: '2026-11-26T22:10:01Z',
		finished: null,
		attempts: 1,
		allowed_actions: {},
		...rest,
	};
}

export function anActivity(rest: Partial<Activity> = {}): Activity {
	return {
		running: 0,
		queued: 0,
		waiting: 0,
		decisions: 0,
		tasks: [],
		environments: [
			anEnvironment('dev'),
			anEnvironment('stage'),
			anEnvironment('prod', { protected: true, tier: 'prod' }),
		],
		health: { ok: true, worker: sign, scheduler: sign, storage: sign },
		...rest,
	};
}

export const deadWorker = {
	ok: false,
	worker: { ok: false, seen: null, sentence: 'No worker is running.', next_step: 'Start one: lockstep worker.' },
	scheduler: sign,
	storage: sign,
};

export function aToken(id: number, rest: Partial<Token> = {}): Token {
	return {
		id,
		name: `token ${id}`,
		hint: 'lockstep_ab',
		scope: 'read',
		where: [],
		state: 'valid',
		created: '2026-11-20T10:00:00Z',
		expires: '2027-02-20T10:00:00Z',
		last_used: null,
		revoked: null,
		...rest,
	};
}
