// [DEF:lib/api/socket.ts:Module]
// @COMPLEXITY: 3
// @PURPOSE: A socket that comes back: reconnects with backoff, and says each time again where it left off.
// @RELATION DEPENDS_ON -> lib/api/client.ts

import { hooks } from './client.ts';

export type SocketState = 'connecting' | 'open' | 'waiting' | 'closed';

export interface SocketOptions {
	/** Sent whenever the socket opens; undefined sends nothing. */
	hello: () => unknown;
	message: (message: { type: string } & Record<string, unknown>) => void;
	state?: (state: SocketState) => void;
}

const FIRST = 500;
const LONGEST = 15_000;
/** The server sends a beat every 20 s; a connection that is silent for longer is dead, though nobody said so. */
const SILENCE = 45_000;
const SIGN_IN = 4001;
/** Ended, refused, not understood, a password to change first, not there: to ask again would bring the same. */
const FINAL = new Set([1000, 1008, 4000, 4003, 4004]);

export class Socket {
	#path: string;
	#options: SocketOptions;
	#socket: WebSocket | null = null;
	#wait = FIRST;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#closed = false;

	constructor(path: string, options: SocketOptions) {
		this.#path = path;
		this.#options = options;
		addEventListener('online', this.#now);
		this.#open();
	}

	close(): void {
		this.#closed = true;
		removeEventListener('online', this.#now);
		clearTimeout(this.#timer);
		this.#socket?.close();
		this.#options.state?.('closed');
	}

	/** Sends it, if the socket is open: what a new connection needs is in `hello`. */
	send(message: unknown): void {
		if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
	}

	#now = (): void => {
		if (this.#socket || this.#closed) return;
		this.#wait = FIRST;
		this.#open();
	};

	#open(): void {
		clearTimeout(this.#timer);
		this.#options.state?.('connecting');
		const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
		const socket = new WebSocket(`${scheme}//${location.host}${this.#path}`);
		this.#socket = socket;
		socket.onopen = () => {
			this.#wait = FIRST;
			this.#options.state?.('open');
			const hello = this.#options.hello();
			if (hello !== undefined) socket.send(JSON.stringify(hello));
			this.#listen();
		};
		socket.onmessage = (event: MessageEvent<string>) => {
			this.#listen();
			this.#options.message(JSON.parse(event.data));
		};
		socket.onclose = (event) => this.#ended(event.code);
	}

	#listen(): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#socket?.close(), SILENCE);
	}

	#ended(code: number): void {
		clearTimeout(this.#timer);
		this.#socket = null;
		if (this.#closed) return;
		if (code === SIGN_IN) {
			hooks.signIn().then(this.#now, () => this.close());
			return;
		}
		if (FINAL.has(code)) {
			this.close();
			return;
		}
		this.#options.state?.('waiting');
		const spread = 0.75 + Math.random() / 2;
		this.#timer = setTimeout(() => this.#open(), this.#wait * spread);
		this.#wait = Math.min(this.#wait * 2, LONGEST);
	}
}
