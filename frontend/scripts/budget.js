// How much JavaScript a first visit loads: what is imported, directly or not, by
//   the shell: entry, Kit's client, root layout and error page, all before it is known who is there
//   and the home page: the frame around it (sidebar, top bar) and the page itself
// Run after a build; exits with 1 above a bound.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const HOME = '/dashboards';
/** In kB (1000 bytes) after gzip. */
const BOUNDS = { shell: 45, 'shell and home': 90 };

const root = join(import.meta.dirname, '..');
const output = join(root, '.svelte-kit/output/client');
const generated = '.svelte-kit/generated/build/client-optimized';
/** @type {Record<string, {file: string, isEntry?: boolean, name?: string, imports?: string[], dynamicImports?: string[]}>} */
const manifest = JSON.parse(readFileSync(join(output, '.vite/manifest.json'), 'utf8'));

const entries = Object.keys(manifest).filter((name) => manifest[name].isEntry && !name.includes('/nodes/'));
const starters = entries.filter((name) => !name.startsWith(generated));
// The start imports Kit's client when it runs. Kit loads the root layout (0) and its error page (1) at once, whatever the page
const shell = [...entries, ...starters.flatMap((name) => manifest[name].dynamicImports ?? []), node(0), node(1)];
const home = [...chunks('home'), ...nodesOf(HOME).map(node)];
const sizes = { shell: measure(shell), 'shell and home': measure([...shell, ...home]) };

for (const [name, { size, files }] of Object.entries(sizes)) {
	const bound = BOUNDS[name];
	const kept = size <= bound;
	console.log(`${kept ? '✓' : '✘'} ${name}: ${size.toFixed(1)} kB of ${bound} kB gzip, in ${files} files`);
	if (!kept) process.exitCode = 1;
}

/** The files of a group of vite.config.js. @param {string} name */
function chunks(name) {
	const found = Object.keys(manifest).filter((each) => manifest[each].name === name);
	if (!found.length) throw new Error(`There is no file “${name}”: see the groups in vite.config.js`);
	return found;
}

/** @param {number} number */
function node(number) {
	return `${generated}/nodes/${number}.js`;
}

/** The page of a route, and the layouts around it. @param {string} route @returns {number[]} */
function nodesOf(route) {
	const source = readFileSync(join(root, generated, 'app.js'), 'utf8');
	const found = source.match(new RegExp(`"${route}": \\[~?(\\d+)(?:,\\[([\\d,]*)\\])?`));
	if (!found) throw new Error(`${route} is not a page; see HOME in scripts/budget.js`);
	return [found[1], ...(found[2]?.split(',').filter(Boolean) ?? [])].map(Number);
}

/** @param {string[]} names */
function measure(names) {
	const seen = new Set();
	/** @param {string} name */
	function visit(name) {
		const part = manifest[name];
		if (!part) throw new Error(`${name} is not in the manifest of the build`);
		if (seen.has(part.file)) return;
		seen.add(part.file);
		part.imports?.forEach(visit);
	}
	names.forEach(visit);
	const scripts = [...seen].filter((file) => file.endsWith('.js'));
	const size = scripts.reduce((sum, file) => sum + gzipSync(readFileSync(join(output, file)), { level: 9 }).length, 0);
	return { size: size / 1000, files: scripts.length };
}
