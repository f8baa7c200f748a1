// [DEF:lib/components/plan/nearness.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Tells elements when they come near the screen and when they are far from it again; one observer for all.
// @RELATION DEPENDS_ON -> lib/api/plan.ts

import type { PlanNode } from '#lib/api/plan.ts';

/** Height of a card's head. */
const HEAD = 53;

/** What a card that is not drawn yet may need, in px. */
export function roomFor(node: PlanNode, folded: boolean): number {
	return folded ? HEAD : Math.min(640, HEAD + 96 + node.differences * 33);
}

type Told = (near: boolean, height: number) => void;

export class Nearness {
	#told = new Map<Element, Told>();
	#observer: IntersectionObserver;

	/** `margin`: how far beyond the screen is still near. */
	constructor(margin: string) {
		this.#observer = new IntersectionObserver(
			(entries) => {
				for (const each of entries) this.#told.get(each.target)?.(each.isIntersecting, each.boundingClientRect.height);
			},
			{ rootMargin: margin },
		);
	}

	/** Until what it returns is called. */
	watch(element: Element, told: Told): () => void {
		this.#told.set(element, told);
		this.#observer.observe(element);
		return () => {
			this.#told.delete(element);
			this.#observer.unobserve(element);
		};
	}

	stop(): void {
		this.#observer.disconnect();
		this.#told.clear();
	}
}
