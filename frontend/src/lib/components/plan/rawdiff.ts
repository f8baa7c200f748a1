// [DEF:lib/components/plan/rawdiff.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: The difference of two raw documents, in the shape in which the server gives those of texts. Loaded when asked for.
// @RELATION DEPENDS_ON -> EXT:diff
// @RELATION DEPENDS_ON -> lib/api/plan.ts

import { diffArrays, diffWordsWithSpace } from 'diff';
import type { Hunk, Line, LineSide, Mark, Raw, TextDocument } from '#lib/api/plan.ts';

const CONTEXT = 3;
/** Words of longer lines are not compared one by one. */
const LONGEST = 2000;

export function rawDiff({ before, after }: Raw): TextDocument {
	const lines = pairs(linesOf(before), linesOf(after));
	const count = (...states: Line['state'][]) => lines.filter((each) => states.includes(each.state)).length;
	const { hunks, equal } = folded(lines);
	return {
		kind: 'text',
		title: 'YAML',
		language: 'yaml',
		added: count('added', 'changed'),
		removed: count('removed', 'changed'),
		hunks,
		skipped_after: equal.length,
		equal_after: equal,
	};
}

function linesOf(text: string | null): string[] {
	return text ? text.replace(/\n$/, '').split('\n') : [];
}

function pairs(old: string[], fresh: string[]): Line[] {
	const lines: Line[] = [];
	let left = 0;
	let right = 0;
	let gone: string[] = [];
	const flush = (come: string[]) => {
		for (let index = 0; index < Math.max(gone.length, come.length); index++) {
			const [was, is] = [gone[index], come[index]];
			const [there, here] = was !== undefined && is !== undefined ? words(was, is) : [[], []];
			const before: LineSide | null = was === undefined ? null : [++left, was, there];
			const after: LineSide | null = is === undefined ? null : [++right, is, here];
			lines.push({ before, after, state: !before ? 'added' : !after ? 'removed' : 'changed' });
		}
		gone = [];
	};
	for (const { value, added, removed } of diffArrays(old, fresh)) {
		if (removed) {
			flush([]);
			gone = value;
		} else if (added) flush(value);
		else {
			flush([]);
			for (const text of value) {
				lines.push({ before: [++left, text, []], after: [++right, text, []], state: 'same' });
			}
		}
	}
	flush([]);
	return lines;
}

function words(was: string, is: string): [Mark[], Mark[]] {
	if (was.length + is.length > LONGEST) return [[[0, was.length]], [[0, is.length]]];
	const there: Mark[] = [];
	const here: Mark[] = [];
	let left = 0;
	let right = 0;
	for (const { value, added, removed } of diffWordsWithSpace(was, is)) {
		if (removed) there.push([left, left + value.length]);
		if (added) here.push([right, right + value.length]);
		if (!added) left += value.length;
		if (!removed) right += value.length;
	}
	return [there, here];
}

/** Equal lines that are far from any difference stand apart. */
function folded(lines: Line[]): { hunks: Hunk[]; equal: string[] } {
	const hunks: Hunk[] = [];
	let equal: string[] = [];
	let until = -1;
	let reached = -1;
	const next = nextDifference(lines);
	lines.forEach((line, index) => {
		if (line.state !== 'same') until = index + CONTEXT;
		if (index > until && next[index]! - index > CONTEXT) {
			equal.push(line.before![1]);
			return;
		}
		if (reached !== index - 1 || !hunks.length) hunks.push({ skipped: equal.length, equal, lines: [] });
		hunks.at(-1)!.lines.push(line);
		equal = [];
		reached = index;
	});
	return { hunks, equal };
}

function nextDifference(lines: Line[]): number[] {
	const next: number[] = new Array(lines.length);
	let at = Infinity;
	for (let index = lines.length - 1; index >= 0; index--) {
		if (lines[index]!.state !== 'same') at = index;
		next[index] = at;
	}
	return next;
}
