import { paraglideVitePlugin } from '@inlang/paraglide-js';
import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vitest/config';
import { version } from './scripts/version.js';

// Where `lockstep web` listens, for `make dev`
const server = `http://127.0.0.1:${process.env.LOCKSTEP_PORT ?? 8000}`;
const sockets = server.replace('http', 'ws');

const QUIET = /node_modules.(devalue|svelte.src.internal|@sveltejs.kit.src.(utils|messages|runtime.shared))/;
/** Kit's start sets the payload before it loads Kit's client: neither that nor what loads may be in one file with the client. */
const START = /kit.src.runtime.client.payload\.js$|vite.preload-helper/;
/** What is loaded before it is known who is there, and what the home page needs; scripts/budget.js weighs both. */
const SHELL = /kit.src.runtime.client.client-entry\.js$|client-optimized.(app|nodes.[01])\.js$/;
const HOME = /components.(shell.Frame|catalogue.Hub)\.svelte$/;

/** @param {string} name @param {number} priority @param {RegExp} test */
function group(name, priority, test) {
	return { name, priority, test };
}

export default defineConfig({
	plugins: [
		tailwindcss(),
		paraglideVitePlugin({
			project: './project.inlang',
			outdir: './src/i18n/generated',
			strategy: ['baseLocale'],
			emitTsDeclarations: false,
			isServer: 'false',
		}),
		sveltekit({
			adapter: adapter({ pages: 'build', assets: 'build', fallback: 'index.html', precompress: false }),
			// Django serves this folder under the address of its static files
			appDir: 'static/app',
			paths: { relative: false },
			version: { name: version(), pollInterval: 60_000 },
			compilerOptions: { runes: true },
		}),
	],
	environments: {
		client: {
			build: {
				rolldownOptions: {
					// What of these packages is not used is left out: loading them does nothing, though they do not say so
					treeshake: { moduleSideEffects: [{ test: QUIET, sideEffects: false }] },
					// A first visit loads two files in the place of seventy, with all that they import
					output: {
						codeSplitting: { groups: [group('start', 3, START), group('shell', 2, SHELL), group('home', 1, HOME)] },
					},
				},
			},
		},
	},
	// Components run in jsdom: Svelte's code for the browser, not that for a server
	resolve: process.env.VITEST ? { conditions: ['browser'] } : undefined,
	test: {
		environment: 'jsdom',
		include: ['tests/**/*.test.ts'],
		setupFiles: ['tests/states.ts'],
		testTimeout: 30_000,
	},
	server: {
		host: '127.0.0.1',
		proxy: {
			'/api': server,
			'/admin': server,
			'/sso': server,
			'/static/lockstep': server,
			'/static/unfold': server,
			'/healthz': server,
			'/readyz': server,
			'/metrics': server,
			'/ws': { target: sockets, ws: true },
		},
	},
});
