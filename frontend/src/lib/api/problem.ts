// [DEF:lib/api/problem.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Why a request failed, as the server announced it (RFC 9457), or because there was no answer.

/** What the body of a failed request holds, `application/problem+json`. */
export interface ProblemDocument {
	type?: string;
	title?: string;
	status?: number;
	detail?: string;
	code?: string;
	fields?: Record<string, string[]>;
	extra?: Record<string, unknown>;
}

/** `message` is a sentence for people, in their language. `fields` says what is wrong at which field of the request. */
export class Problem extends Error {
	override readonly name = 'Problem';
	readonly status: number;
	readonly code: string;
	readonly title: string;
	readonly fields: Record<string, string[]>;
	readonly extra: Record<string, unknown>;
	readonly request: string;

	constructor(document: ProblemDocument, status: number, request = '') {
		super(document.detail || document.title || String(status));
		this.status = status;
		this.code = document.code ?? '';
		this.title = document.title ?? '';
		this.fields = document.fields ?? {};
		this.extra = document.extra ?? {};
		this.request = request;
	}

	/** There was no answer: the server is down or the network is. */
	get offline(): boolean {
		return this.status === 0;
	}
}

export function noAnswer(): Problem {
	return new Problem({ code: 'offline' }, 0);
}

/** What `error` is as a problem; anything that no request caused is thrown on. */
export function problemOf(error: unknown): Problem {
	if (error instanceof Problem) return error;
	throw error;
}
