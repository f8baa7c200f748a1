// A server of one task, and its sockets, in the place of the real ones.

import { vi } from 'vitest';
import type { TaskDetail } from '#lib/api/tasks.ts';
import type { Line } from '#lib/api/types.ts';

export class FakeSocket {
	static all: FakeSocket[] = [];
	static readonly OPEN = 1;
	static get last(): FakeSocket {
		return FakeSocket.all.at(-1)!;
	}
	readyState = 0;
	sent: Record<string, unknown>[] = [];
	onopen: (() => void) | null = null;
	onmessage: ((event: { data: string }) => void) | null = null;
	onclose: ((event: { code: number }) => void) | null = null;
	url: string;

	constructor(url: string) {
		this.url = url;
		FakeSocket.all.push(this);
	}
	send(text: string) {
		this.sent.push(JSON.parse(text));
	}
	close() {
		this.readyState = 3;
	}
	open() {
		this.readyState = 1;
		this.onopen?.();
	}
	tell(message: unknown) {
		this.onmessage?.({ data: JSON.stringify(message) });
	}
	lines(lines: Line[], last = lines.at(-1)!.seq) {
		this.tell({ type: 'lines', lines, last });
	}
	drop(code = 1006) {
		this.readyState = 3;
		this.onclose?.({ code });
	}
}

export interface Server {
	task: TaskDetail;
	lines: Line[];
	asked: { method: string; path: string; query: URLSearchParams; body: unknown }[];
	/** Answers instead, where it has something to say. */
	answer: (method: string, path: string) => { status?: number; body: unknown } | undefined;
	offline: boolean;
}

/** The server answers as `apps/tasks/api/views.py` does. */
export function serve(task: TaskDetail, lines: Line[]): Server {
	const server: Server = { task, lines, asked: [], answer: () => undefined, offline: false };
	FakeSocket.all = [];
	vi.stubGlobal('WebSocket', FakeSocket);
	// jsdom lays nothing out
	Element.prototype.scrollTo = () => undefined;
	vi.stubGlobal(
		'ResizeObserver',
		class {
			observe() {}
			unobserve() {}
			disconnect() {}
		},
	);
	vi.stubGlobal('requestAnimationFrame', (run: () => void) => setTimeout(run, 0));
	vi.stubGlobal('cancelAnimationFrame', (id: number) => clearTimeout(id));
	vi.stubGlobal('fetch', async (request: Request) => {
		if (server.offline) throw new TypeError('network');
		const url = new URL(request.url);
		const body = request.method === 'POST' ? JSON.parse((await request.text()) || 'null') : null;
		server.asked.push({ method: request.method, path: url.pathname, query: url.searchParams, body });
		const said = server.answer(request.method, url.pathname) ?? { body: read(server, url) };
		const type = (said.status ?? 200) < 400 ? 'application/json' : 'application/problem+json';
		return new Response(JSON.stringify(said.body), { status: said.status ?? 200, headers: { 'Content-Type': type } });
	});
	return server;
}

function read(server: Server, url: URL): unknown {
	if (url.pathname.endsWith('/lines/count')) return counted(server.lines);
	if (url.pathname.endsWith('/lines')) return page(server, url.searchParams);
	return server.task;
}

function page(server: Server, query: URLSearchParams) {
	const [levels, sources] = [query.getAll('level'), query.getAll('source')];
	const search = (query.get('search') ?? '').toLowerCase();
	const limit = Number(query.get('limit') ?? 500);
	const after = Number(query.get('after') ?? 0);
	const found = server.lines.filter(
		(each) =>
			each.seq > after &&
			(!levels.length || levels.includes(each.level!)) &&
			(!sources.length || sources.includes(each.source!)) &&
			each.text.toLowerCase().includes(search),
	);
	const before = query.get('before');
	const lines = before ? found.filter((each) => each.seq < Number(before)).slice(-limit) : found.slice(0, limit);
	return { lines, last: lines.at(-1)?.seq ?? after, state: server.task.state, ended: false };
}

function counted(lines: Line[]) {
	const by = (name: 'level' | 'source') =>
		lines.reduce<Record<string, number>>((all, each) => ({ ...all, [each[name]!]: (all[each[name]!] ?? 0) + 1 }), {});
	return { total: lines.length, levels: by('level'), sources: by('source') };
}

export async function settle(): Promise<void> {
	for (let turn = 0; turn < 8; turn++) await new Promise((done) => setTimeout(done, 1));
}
