// The name of a build: a checksum of what it is made of, so that the same sources give the same files, with and without git.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const GENERATED = join(root, 'src/i18n/generated');

/** @returns {string} twelve hexadecimal digits */
export function version() {
	const sum = createHash('sha256');
	for (const file of [...filesIn(join(root, 'src')), join(root, 'package-lock.json'), join(root, 'vite.config.js')]) {
		sum.update(relative(root, file)).update(readFileSync(file));
	}
	return sum.digest('hex').slice(0, 12);
}

/** @param {string} folder @returns {string[]} */
function filesIn(folder) {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((each) => each.isFile())
		.map((each) => join(each.parentPath, each.name))
		.filter((path) => !path.startsWith(GENERATED))
		.sort();
}
