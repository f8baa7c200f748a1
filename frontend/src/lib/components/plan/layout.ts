// [DEF:lib/components/plan/layout.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Where the boxes of a layout stand in its picture, tab by tab.
// @RELATION DEPENDS_ON -> lib/api/plan.ts

import type { Box, LayoutSection } from '#lib/api/plan.ts';

/** Pixels of one unit of the grid's height (eight pixels in Superset): a usual chart becomes 60 px high. */
const UNIT = 1.2;
const LOWEST = 22;
const WIDTH = 12;

export interface Tile {
	box: Box;
	/** In % of the width. */
	left: number;
	width: number;
	/** In pixels. */
	top: number;
	height: number;
}

export interface Picture {
	tiles: Tile[];
	height: number;
}

export interface Tab {
	name: string;
	before: Picture;
	after: Picture;
}

/** Tabs in which nothing differs are left out, unless nothing differs at all. */
export function picturesOf({ before, after }: LayoutSection): Tab[] {
	const names = [...new Set([...after, ...before].map((box) => box.tab))];
	const tabs = names.map((name) => {
		const [was, is] = [before, after].map((boxes) => boxes.filter((box) => box.tab === name && isDrawn(box)));
		return { name, before: picture(was!), after: picture(is!), differs: [...was!, ...is!].some(differs) };
	});
	return tabs.some((tab) => tab.differs) ? tabs.filter((tab) => tab.differs) : tabs;
}

/** From which column to which, from 1. */
export function columns({ x, width }: Box): { from: number; to: number } {
	return { from: x + 1, to: Math.min(WIDTH, x + width) };
}

function differs(box: Box): boolean {
	return box.state !== 'same';
}

/** The frame of tabs stands around what is drawn anyway. */
function isDrawn(box: Box): boolean {
	return box.kind !== 'tabs' || differs(box);
}

function picture(boxes: Box[]): Picture {
	const top = Math.min(...boxes.map((box) => box.y));
	const tiles = boxes.map((box) => ({
		box,
		left: (box.x / WIDTH) * 100,
		width: (box.width / WIDTH) * 100,
		top: Math.round((box.y - top) * UNIT),
		height: Math.max(LOWEST, Math.round(box.height * UNIT)),
	}));
	return { tiles, height: Math.max(0, ...tiles.map((tile) => tile.top + tile.height)) };
}
