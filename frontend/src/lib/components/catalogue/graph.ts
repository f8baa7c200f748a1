// [DEF:lib/components/catalogue/graph.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Where the boxes of a dependency graph stand: a layer for each step away from what uses the rest.

import type { Graph, GraphNode } from '#lib/api/catalogue.ts';

export interface Box {
	id: string;
	/** null: stands for those that are folded. */
	node: GraphNode | null;
	folded: number;
	layer: number;
	x: number;
	y: number;
	hot: boolean;
}

export interface Line {
	id: string;
	path: string;
	hot: boolean;
}

export interface Picture {
	boxes: Box[];
	lines: Line[];
	width: number;
	height: number;
	boxWidth: number;
}

export const BOX = 28;
const STEP = 36;
const GAP = 64;
const [NARROWEST, WIDEST] = [132, 236];

export const isHot = (node: GraphNode) => node.state === 'differs' || node.state === 'missing';

/** The longest way to each node from those that nothing uses; an edge that closes a circle does not count. */
export function layersOf({ nodes, edges }: Graph): Map<string, number> {
	const below = Map.groupBy(edges, ([from]) => from);
	const used = new Set(edges.map(([, to]) => to));
	const layers = new Map<string, number>();
	const way = new Set<string>();
	function visit(uuid: string, layer: number) {
		if (way.has(uuid) || (layers.get(uuid) ?? -1) >= layer) return;
		layers.set(uuid, layer);
		way.add(uuid);
		for (const [, to] of below.get(uuid) ?? []) visit(to, layer + 1);
		way.delete(uuid);
	}
	for (const { uuid } of nodes) if (!used.has(uuid)) visit(uuid, 0);
	for (const { uuid } of nodes) if (!layers.has(uuid)) visit(uuid, 0);
	return layers;
}

/** `most` boxes in a layer: those that differ come first, the others are folded into one. */
export function picture(graph: Graph, room: number, most: number): Picture {
	const layers = layersOf(graph);
	const columns: GraphNode[][] = [];
	for (const node of graph.nodes) (columns[layers.get(node.uuid) ?? 0] ??= []).push(node);
	const count = columns.length;
	const boxWidth = Math.max(NARROWEST, Math.min(WIDEST, (room - GAP * (count - 1)) / Math.max(1, count)));
	const parts = columns.map((column, layer) => fold(column, layer, most));
	const tallest = Math.max(1, ...parts.map((part) => part.length));
	const boxes = parts.flatMap((part, layer) =>
		part.map((box, at) => ({ ...box, x: layer * (boxWidth + GAP), y: ((tallest - part.length) / 2 + at) * STEP })),
	);
	const width = count * boxWidth + (count - 1) * GAP;
	return { boxes, lines: linesOf(graph, boxes, boxWidth), width, height: tallest * STEP - (STEP - BOX), boxWidth };
}

function fold(column: GraphNode[], layer: number, most: number): Box[] {
	const sorted = column.toSorted((a, b) => Number(isHot(b)) - Number(isHot(a)));
	const shown = column.length > most ? sorted.slice(0, most - 1) : sorted;
	const boxes: Box[] = shown.map((node) => ({ id: node.uuid, node, folded: 0, layer, x: 0, y: 0, hot: isHot(node) }));
	const folded = sorted.slice(shown.length);
	if (folded.length) {
		const hot = folded.some(isHot);
		boxes.push({ id: `more-${layer}`, node: null, folded: folded.length, layer, x: 0, y: 0, hot });
	}
	return boxes;
}

function linesOf(graph: Graph, boxes: Box[], boxWidth: number): Line[] {
	const layers = layersOf(graph);
	const byId = new Map(boxes.map((box) => [box.id, box]));
	const boxOf = (uuid: string) => byId.get(uuid) ?? byId.get(`more-${layers.get(uuid) ?? 0}`);
	const lines = new Map<string, Line>();
	for (const [from, to] of graph.edges) {
		const [a, b] = [boxOf(from), boxOf(to)];
		if (!a || !b || a.id === b.id) continue;
		const [x1, y1, x2, y2] = [a.x + boxWidth, a.y + BOX / 2, b.x, b.y + BOX / 2];
		const middle = (x1 + x2) / 2;
		const id = `${a.id} ${b.id}`;
		lines.set(id, { id, path: `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`, hot: a.hot && b.hot });
	}
	// What differs is drawn over what does not
	return [...lines.values()].sort((a, b) => Number(a.hot) - Number(b.hot));
}
