// [DEF:lib/components/shell/recent.ts:Module]
// @COMPLEXITY: 3
// @PURPOSE: What was chosen in the palette lately, by account and on this computer only.
// @RELATION DEPENDS_ON -> lib/api/shell.ts

import type { FoundType } from '#lib/api/shell.ts';

export interface Recent {
	type: FoundType;
	title: string;
	hint: string;
	href: string;
}

const MOST = 6;
const name = (user: string) => `lockstep.recent.${user}`;

export function recentOf(user: string): Recent[] {
	try {
		const kept: unknown = JSON.parse(localStorage.getItem(name(user)) ?? '[]');
		return Array.isArray(kept) ? kept.filter(isRecent) : [];
	} catch {
		return [];
	}
}

export function remember(user: string, { type, title, hint, href }: Recent): void {
	const others = recentOf(user).filter((each) => each.href !== href);
	localStorage.setItem(name(user), JSON.stringify([{ type, title, hint, href }, ...others].slice(0, MOST)));
}

function isRecent(each: Partial<Recent> | null): each is Recent {
	return !!each?.href?.startsWith('/') && !!each.title && !!each.type;
}
