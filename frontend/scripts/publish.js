// Moves what Vite has built to where Django serves it, compressed, and notes what the Content-Security-Policy must allow.
//
// static/app/index.html   the page that starts the application
// static/app/shell.json   {version, scripts: [hash of each inline script]}
// static/app/immutable/…  everything else, with its checksum in its name

import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = join(import.meta.dirname, '..');
const built = join(root, 'build');
const target = join(root, '../static/app');
const COMPRESSED = new Set(['.js', '.css', '.svg', '.json']);
const WORTH = 500;

const page = preloaded(readFileSync(join(built, 'index.html'), 'utf8'));
const { version } = JSON.parse(readFileSync(join(built, 'static/app/version.json'), 'utf8'));
const scripts = [...page.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, text]) => hash(text));
if (scripts.length !== 1) throw new Error(`index.html has ${scripts.length} inline scripts; one is expected.`);

// The new files take the place of the old ones at once: a server that runs never sees half of a build
const next = `${target}.next`;
rmSync(next, { recursive: true, force: true });
cpSync(join(built, 'static/app'), next, { recursive: true });
for (const file of readdirSync(join(next, 'immutable'), { recursive: true }))
	compress(join(next, 'immutable', String(file)));
writeFileSync(join(next, 'index.html'), page);
writeFileSync(join(next, 'shell.json'), JSON.stringify({ version, scripts }));
rmSync(target, { recursive: true, force: true });
renameSync(next, target);
console.log(`✓ static/app (${version})`);

/**
 * What the home page needs is on its way before the start has asked for it: the group “home” of vite.config.js.
 * @param {string} html
 */
function preloaded(html) {
	const manifest = JSON.parse(readFileSync(join(root, '.svelte-kit/output/client/.vite/manifest.json'), 'utf8'));
	const home = Object.values(manifest).find(({ name, file }) => name === 'home' && file.endsWith('.js'));
	if (!home) throw new Error('There is no file “home”: see the groups in vite.config.js');
	return html.replace('</head>', `\t<link href="/${home.file}" rel="modulepreload">\n\t</head>`);
}

/** @param {string} text */
function hash(text) {
	return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** @param {string} path */
function compress(path) {
	if (!COMPRESSED.has(extname(path))) return;
	const content = readFileSync(path);
	if (content.length < WORTH) return;
	writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
	writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
}
