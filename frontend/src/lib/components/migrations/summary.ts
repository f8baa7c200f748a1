// [DEF:lib/components/migrations/summary.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: What changes in an asset, in one line.
// @RELATION DEPENDS_ON -> lib/api/plan.ts

import { m } from '#i18n/generated/messages.js';
import type { ChangeView, Section } from '#lib/api/plan.ts';
import { number } from '#lib/text/format.ts';

const NAMED = 2;

function ofSection(section: Section): string {
	if (section.kind === 'layout') return section.summary;
	if (section.kind === 'text') {
		const parts = [
			section.removed ? `−${number(section.removed)}` : '',
			section.added ? `+${number(section.added)}` : '',
		];
		return [section.title, ...parts].filter(Boolean).join(' ');
	}
	const names = section.rows.map((row) => row.name);
	const rest = names.length - NAMED;
	const named = names.slice(0, NAMED).join(', ');
	return rest > 0 ? m.migrations_and_more({ named, count: rest }) : named;
}

export function summaryOf(change: ChangeView): string {
	return change.sections.map(ofSection).filter(Boolean).join('; ');
}
