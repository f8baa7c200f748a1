// [DEF:lib/stores/plan.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: One plan being read: what is shown of it, which change is read, what was seen; its differences come when they are needed.
// @RELATION DEPENDS_ON -> lib/api/plan.ts
// @RELATION DEPENDS_ON -> lib/components/plan/tree.ts
// @RELATION DEPENDS_ON -> lib/components/plan/query.ts
// @RELATION DEPENDS_ON -> lib/components/plan/matching.ts
// @RELATION DEPENDS_ON -> lib/stores/resource.svelte.ts
// @RELATION DEPENDS_ON -> lib/stores/toasts.svelte.ts

import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { ChangeView, Concern, PlanNode, PlanSource, PlanView, Raw } from '#lib/api/plan.ts';
import { Problem, problemOf } from '#lib/api/problem.ts';
import { byKey, byUuid, isMoving, matcher, type Matching } from '#lib/components/plan/matching.ts';
import { concernKey, INITIAL, isFiltered, type PlanQuery } from '#lib/components/plan/query.ts';
import { type Tree, treeOf } from '#lib/components/plan/tree.ts';
import { Resource } from './resource.svelte.ts';
import { toasts } from './toasts.svelte.ts';

/** Differences in one request: their UUIDs fit into an address. */
const BATCH = 20;
const GATHER = 20;

type Loading<T> = T | Problem | 'loading';

export class PlanStore {
	readonly source: PlanSource;
	readonly overview: Resource<PlanView>;
	query = $state.raw<PlanQuery>(INITIAL);
	/** UUID of the change that is read; scrolling changes it, too. */
	reading = $state('');
	/** The one that somebody chose: the address names it. */
	#chosen = '';
	/** Called when a filter was changed here, so that the address can say so. */
	onquery: (query: PlanQuery) => void = () => {};
	readonly views = new SvelteMap<string, Loading<ChangeView>>();
	readonly raws = new SvelteMap<string, Loading<Raw>>();
	/** Rows of the tree that are folded. */
	readonly folds = new SvelteSet<string>();
	/** Changes whose card was folded or unfolded by hand. */
	readonly cards = new SvelteMap<string, boolean>();
	/** Planned again: the checksum that has to go. */
	replanning = $state.raw<{ checksum: string; task: number } | null>(null);
	/** Task that was started here to write: until it has begun, the status does not tell of it. */
	writing = $state<number | null>(null);
	/** Somebody planned again while this plan is read: it is shown when the reader wants it. */
	newer = $state(false);
	#marks = new SvelteMap<string, boolean>();
	#sending = Promise.resolve();
	#wanted: string[] = [];
	#unchanged = $state(false);

	constructor(source: PlanSource) {
		this.source = source;
		this.overview = new Resource(async (signal) => this.#renew(await source.overview(this.#unchanged, signal)));
	}

	get view(): PlanView | undefined {
		return this.overview.data;
	}

	readonly nodes = $derived.by(() => this.view?.plan.nodes ?? []);
	readonly byUuid = $derived.by(() => byUuid(this.nodes));
	readonly order = $derived.by(() => this.tree.order);
	readonly total = $derived.by(() => this.view?.plan.total ?? 0);
	readonly fresh = $derived.by(() => this.nodes.filter((node) => node.new && node.action !== 'unchanged'));
	readonly seen = $derived.by(() => {
		const changed = this.nodes.filter((node) => (this.#marks.get(node.fingerprint) ?? node.seen) !== node.seen);
		const more = changed.reduce((sum, node) => sum + (node.seen ? -1 : 1), 0);
		return Math.min(this.total, Math.max(0, (this.view?.plan.seen ?? 0) + more));
	});

	/** A run writes, or a plan is being made: the page asks again by itself. */
	readonly moving = $derived.by(
		() => !!this.replanning || this.writing !== null || isMoving(this.view?.migration?.status),
	);

	/** What the risks are about, by their key. */
	readonly concerns = $derived.by(() => byKey(this.view?.plan.risks ?? []));

	readonly tree: Tree = $derived.by(() => {
		const plan = this.view?.plan;
		if (!plan) return { rows: [], order: [] };
		return treeOf(plan.nodes, plan.roots, {
			by: this.query.by,
			match: matcher(this.#matching()),
			folded: (key) => this.folds.has(key),
			strict: isFiltered(this.query),
			unchanged: this.query.actions.includes('unchanged'),
		});
	});

	/** The place of the change that is read, from 0; -1 if none is. */
	readonly position = $derived.by(() => this.order.findIndex((node) => node.uuid === this.reading));
	readonly current = $derived.by(() => this.byUuid.get(this.reading));

	#matching(): Matching {
		const { query, nodes, concerns } = this;
		return { query, nodes, concerns, isSeen: (node) => this.isSeen(node) };
	}

	isSeen(node: PlanNode): boolean {
		return this.#marks.get(node.fingerprint) ?? node.seen;
	}

	/** Seen ones are folded until somebody opens them. */
	isFolded(node: PlanNode): boolean {
		return this.cards.get(node.uuid) ?? this.isSeen(node);
	}

	async load(): Promise<void> {
		await this.overview.reload();
		await this.#loadUnchanged();
		if (!this.byUuid.has(this.reading)) this.reading = this.order[0]?.uuid ?? '';
	}

	/** What others did meanwhile. The plan that is read is not exchanged under the eyes of who may be about to approve it. */
	async follow(): Promise<void> {
		const shown = this.view;
		if (!shown || this.overview.loading) return;
		const now = await this.source.overview(this.#unchanged).catch(() => null);
		if (!now || this.overview.loading) return;
		if (this.view !== shown) return this.follow();
		if (now.plan.checksum === shown.plan.checksum || this.replanning) this.overview.data = this.#renew(now);
		else this.newer = true;
	}

	/** Shows other things, without telling the address. The tree is only built again where a filter differs. */
	async read({ change, ...filters }: PlanQuery): Promise<void> {
		const { change: _, ...present } = this.query;
		if (change) this.reading = change;
		this.#chosen = change;
		if (JSON.stringify(filters) !== JSON.stringify(present)) this.query = { ...filters, change: '' };
		await this.#loadUnchanged();
	}

	/** All that the address says. */
	get asked(): PlanQuery {
		return { ...this.query, change: this.#chosen };
	}

	show(change: Partial<PlanQuery>): void {
		void this.read({ ...this.asked, ...change });
		this.onquery(this.asked);
	}

	/** Unchanged assets come when somebody wants to see them. */
	async #loadUnchanged(): Promise<void> {
		if (this.#unchanged || !this.view) return;
		const named = [this.#chosen, ...(this.concerns.get(this.query.about)?.assets ?? [])].filter(Boolean);
		const lacking = named.some((uuid) => !this.byUuid.has(uuid));
		if (!lacking && !this.query.actions.includes('unchanged')) return;
		this.#unchanged = true;
		await this.overview.reload();
	}

	toggleAction(action: PlanQuery['actions'][number]): void {
		const chosen = this.query.actions;
		const actions = chosen.includes(action) ? chosen.filter((each) => each !== action) : [...chosen, action];
		this.show({ actions, about: '' });
	}

	toggleOnly(kind: 'risk' | 'loss'): void {
		const chosen = this.query.only;
		this.show({ only: chosen.includes(kind) ? chosen.filter((each) => each !== kind) : [...chosen, kind], about: '' });
	}

	showConcern(concern: Concern): void {
		const key = concernKey(concern, this.view?.plan.risks ?? []);
		this.show({ about: this.query.about === key ? '' : key, only: [], unseen: false, fresh: false, search: '' });
	}

	clear(): void {
		this.show({ actions: INITIAL.actions, only: [], about: '', search: '', unseen: false, fresh: false });
	}

	/** The change after the one that is read, or before it. */
	step(by: 1 | -1): PlanNode | undefined {
		const at = this.position === -1 ? (by === 1 ? 0 : this.order.length - 1) : this.position + by;
		const node = this.order[at];
		if (node) this.show({ change: node.uuid });
		return node;
	}

	toggleFold(key: string, folded = !this.folds.has(key)): void {
		if (folded) this.folds.add(key);
		else this.folds.delete(key);
	}

	/** At once; taken back if the server does not keep it. */
	async mark(node: PlanNode, seen: boolean): Promise<void> {
		const { mark } = this.source;
		if (!mark || this.isSeen(node) === seen) return;
		const { fingerprint } = node;
		if (this.query.unseen && seen && this.reading === node.uuid) this.#leave(node);
		this.#marks.set(fingerprint, seen);
		this.cards.delete(node.uuid);
		const sent = this.#sending.then(() => mark([fingerprint], seen));
		this.#sending = sent.then(
			() => {},
			() => {},
		);
		try {
			const counted = await sent;
			this.#keep(fingerprint, seen, counted);
		} catch (error) {
			const problem = problemOf(error);
			if (this.#marks.get(fingerprint) === seen) this.#marks.delete(fingerprint);
			toasts.failure(problem);
		}
	}

	/** It goes out of sight: its neighbour is read next. */
	#leave(node: PlanNode): void {
		const at = this.order.indexOf(node);
		this.reading = (this.order[at + 1] ?? this.order[at - 1])?.uuid ?? '';
	}

	#keep(fingerprint: string, seen: boolean, counted: { seen: number; total: number }): void {
		const { view } = this;
		if (!view) return;
		if (this.#marks.get(fingerprint) === seen) this.#marks.delete(fingerprint);
		const nodes = view.plan.nodes.map((node) => (node.fingerprint === fingerprint ? { ...node, seen } : node));
		this.overview.data = { ...view, plan: { ...view.plan, nodes, ...counted } };
	}

	/** Asks for the differences of a change, with others that are wanted at the moment. */
	want(uuid: string): void {
		if (this.views.has(uuid)) return;
		this.views.set(uuid, 'loading');
		this.#wanted.push(uuid);
		if (this.#wanted.length === 1) setTimeout(() => void this.#fetch(), GATHER);
	}

	again(uuid: string): void {
		this.views.delete(uuid);
		this.raws.delete(uuid);
		this.want(uuid);
		if (this.query.raw) void this.wantRaw(uuid);
	}

	async #fetch(): Promise<void> {
		const all = this.#wanted;
		this.#wanted = [];
		const batches = [];
		while (all.length) batches.push(all.splice(0, BATCH));
		await Promise.all(batches.map((batch) => this.#fetchBatch(batch)));
	}

	async #fetchBatch(batch: string[]): Promise<void> {
		try {
			const found = await this.source.changes(batch);
			for (const each of found) this.views.set(each.uuid, each);
			for (const uuid of batch) if (this.views.get(uuid) === 'loading') this.views.set(uuid, absent(uuid, this.byUuid));
		} catch (error) {
			const problem = problemOf(error);
			for (const uuid of batch) this.views.set(uuid, problem);
		}
	}

	async wantRaw(uuid: string): Promise<void> {
		if (this.raws.has(uuid)) return;
		this.raws.set(uuid, 'loading');
		try {
			this.raws.set(uuid, await this.source.raw(uuid));
		} catch (error) {
			this.raws.set(uuid, problemOf(error));
		}
	}

	/** A newer plan: differences that stayed the same are kept. */
	#renew(view: PlanView): PlanView {
		const before = this.view?.plan;
		this.newer = false;
		if (this.replanning && view.plan.checksum !== this.replanning.checksum) this.replanning = null;
		if (!before || before.checksum === view.plan.checksum) return view;
		const nodes = byUuid(view.plan.nodes);
		for (const [uuid, each] of [...this.views]) {
			const same =
				typeof each === 'object' && 'fingerprint' in each && each.fingerprint === nodes.get(uuid)?.fingerprint;
			if (!same) this.views.delete(uuid);
		}
		this.raws.clear();
		return view;
	}
}

/** The server knows no differences of it: nothing changes. */
function absent(uuid: string, nodes: Map<string, PlanNode>): ChangeView {
	const node = nodes.get(uuid);
	return {
		uuid,
		kind: node?.kind ?? 'chart',
		name: node?.name ?? '',
		action: node?.action ?? 'unchanged',
		fingerprint: node?.fingerprint ?? '',
		sections: [],
		hidden: 0,
	};
}
