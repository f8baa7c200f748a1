// [DEF:lib/api/client.ts:Module]
// @COMPLEXITY: 3
// @PURPOSE: The one way to the server: CSRF token, language, sign-in when the session has ended, problems.
// @RELATION DEPENDS_ON -> lib/api/problem.ts

import createClient from 'openapi-fetch';
import { noAnswer, Problem, type ProblemDocument } from './problem.ts';
import type { paths } from './schema.ts';

/** What the client asks of the application; the stores set it, so that nothing here depends on them. */
export const hooks = {
	/** Resolves once somebody has signed in again; the request is then sent once more. */
	signIn: (): Promise<void> => Promise.reject(noAnswer()),
	/** Told with each answer and each failure to get one. */
	reachable: (_yes: boolean): void => {},
	csrfToken: (): string => '',
	language: (): string => 'en',
};

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
/** These answer 401 to tell that nobody is signed in; that is what was asked. */
const SESSION = '/api/v1/session';

async function send(request: Request): Promise<Response> {
	const answer = await attempt(request.clone());
	if (answer.status !== 401 || new URL(request.url).pathname === SESSION) return answer;
	await hooks.signIn();
	return attempt(request);
}

async function attempt(request: Request): Promise<Response> {
	request.headers.set('Accept-Language', hooks.language());
	if (!SAFE.has(request.method)) request.headers.set('X-CSRFToken', hooks.csrfToken());
	try {
		const answer = await fetch(request);
		hooks.reachable(true);
		return answer;
	} catch (error) {
		if (request.signal.aborted) throw error;
		hooks.reachable(false);
		throw noAnswer();
	}
}

export const client = createClient<paths>({ baseUrl: location.origin, fetch: send });

/** The answer's data, or a `Problem` thrown. */
export async function data<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
	const { data: answer, error, response } = await call;
	if (!response.ok) {
		const document = (typeof error === 'object' && error ? error : { detail: response.statusText }) as ProblemDocument;
		throw new Problem(document, response.status, response.headers.get('X-Request-ID') ?? '');
	}
	return answer as T;
}

/** Query parameters without those that say nothing. */
export function filled<T extends object>(query: T): { [K in keyof T]?: NonNullable<T[K]> } {
	const kept = Object.entries(query).filter(([, value]) => value !== '' && value !== null && value !== undefined);
	return Object.fromEntries(kept) as { [K in keyof T]?: NonNullable<T[K]> };
}
