// Answers requests of a test in place of the server: what a route answers, and what was asked.

import { vi } from 'vitest';

type Answer = unknown | ((body: unknown, url: URL) => unknown);

export class Refusal {
	constructor(
		readonly status: number,
		readonly problem: object = {},
	) {}
}

export interface Asked {
	method: string;
	path: string;
	query: Record<string, string>;
	body: unknown;
}

/** `routes` by “GET /api/v1/…”. Returns what was asked, in order. A route that is missing fails the test. */
export function serve(routes: Record<string, Answer>): Asked[] {
	const asked: Asked[] = [];
	vi.stubGlobal('fetch', async (request: Request) => {
		const url = new URL(request.url);
		const text = await request.text();
		const body = text ? JSON.parse(text) : undefined;
		asked.push({ method: request.method, path: url.pathname, query: Object.fromEntries(url.searchParams), body });
		const route = routes[`${request.method} ${url.pathname}`];
		if (route === undefined) throw new TypeError(`nothing answers ${request.method} ${url.pathname}`);
		const answer = typeof route === 'function' ? await route(body, url) : route;
		if (answer instanceof Refusal) return json(answer.problem, answer.status, 'application/problem+json');
		return answer === '' ? new Response(null, { status: 204 }) : json(answer, 200, 'application/json');
	});
	return asked;
}

function json(body: unknown, status: number, type: string): Response {
	const headers = { 'Content-Type': type, 'X-Request-ID': 'request-1' };
	return new Response(JSON.stringify(body), { status, headers });
}
