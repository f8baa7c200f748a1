// [DEF:lib/components/migrations/wizard.svelte.ts:Store]
// @COMPLEXITY: 3
// @PURPOSE: What a new migration is made of, from its address, the handover of the hub, and what the server knows.
// @RELATION DEPENDS_ON -> lib/stores/matrix.svelte.ts
// @RELATION DEPENDS_ON -> lib/stores/mapping.svelte.ts
// @RELATION DEPENDS_ON -> lib/stores/handover.svelte.ts
// @RELATION DEPENDS_ON -> lib/components/migrations/draft.ts
// @RELATION DEPENDS_ON -> lib/api/catalogue.ts
// @RELATION DEPENDS_ON -> lib/api/mappings.ts

/* eslint-disable svelte/prefer-svelte-reactivity -- sets and maps are replaced, never changed */

import type { MatrixRow, Other } from '#lib/api/catalogue.ts';
import type { EnvironmentRow } from '#lib/api/environments.ts';
import type { Database } from '#lib/api/mappings.ts';
import type { PlanRequest } from '#lib/api/migrations.ts';
import type { Verdict } from '#lib/api/types.ts';
import { handover } from '#lib/stores/handover.svelte.ts';
import { type MappingRow, MappingStore } from '#lib/stores/mapping.svelte.ts';
import { matrixOf } from '#lib/stores/matrix.svelte.ts';
import { session } from '#lib/stores/session.svelte.ts';
import type { Draft } from './draft.ts';
import { Usage } from './usage.svelte.ts';

const DIFFER = new Set(['differs', 'missing']);

const isMissing = ({ source, candidates }: MappingRow) =>
	!candidates.some(({ target }) => target.name === source.name || target.uuid === source.uuid);

export class Wizard {
	readonly matrix = matrixOf('dashboard');
	readonly usage = new Usage();
	#given: () => Draft;
	#environments: () => EnvironmentRow[];
	#change: (draft: Draft) => Promise<void>;

	constructor(given: () => Draft, environments: () => EnvironmentRow[], change: (draft: Draft) => Promise<void>) {
		this.#given = given;
		this.#environments = environments;
		this.#change = change;
	}

	/** Those that something can be read from. */
	sources = $derived.by(() => this.#environments().filter((each) => each.enabled));

	source = $derived.by(() => {
		const wanted = [this.#given().source, session.current?.user.preferences?.environment];
		const found = wanted.map((slug) => this.sources.find((each) => each.slug === slug));
		return (found.find((each) => each) ?? this.sources[0])?.slug ?? '';
	});

	/** Of the source; undefined while it is read. */
	data = $derived.by(() => (this.matrix.slug === this.source ? this.matrix.data : undefined));

	targets: Other[] = $derived.by(() => this.data?.others ?? []);

	target = $derived.by(() => {
		const wanted = this.#given().target;
		if (!this.data) return wanted === this.source ? '' : wanted;
		const found = this.targets.find((each) => each.slug === wanted);
		return (found ?? this.targets.find((each) => this.verdict(each.slug)?.allowed) ?? this.targets[0])?.slug ?? '';
	});

	uuids: string[] = $derived.by(() => this.#given().dashboards ?? handover.for(this.source, this.target));
	chosen = $derived.by(() => new Set(this.uuids));
	byUuid = $derived.by(() => new Map((this.data?.rows ?? []).map((row) => [row.uuid, row])));
	/** Those that could be added. */
	others: MatrixRow[] = $derived.by(() => (this.data?.rows ?? []).filter((row) => !this.chosen.has(row.uuid)));
	differing: MatrixRow[] = $derived.by(() =>
		this.others.filter((row) => DIFFER.has(row.elsewhere[this.target]?.state ?? '')),
	);
	/** Chosen, and not on the source any more. */
	gone: string[] = $derived.by(() =>
		this.data && !this.matrix.partial ? this.uuids.filter((uuid) => !this.byUuid.has(uuid)) : [],
	);
	targetEnvironment = $derived.by(() => this.#environments().find((each) => each.slug === this.target));

	mapping: MappingStore | null = $derived.by(() => {
		if (!this.source || !this.target) return null;
		const made = new MappingStore({ source: this.source, target: this.target });
		void made.rows.reload();
		return made;
	});

	/** Databases without a target, as far as the chosen dashboards may read them. */
	#open: MappingRow[] = $derived.by(() => {
		const { databases } = this.usage;
		const rows = (this.mapping?.rows.data ?? []).filter((row) => !databases || databases.has(row.source.uuid));
		return rows.filter((row) => this.mapping!.stateOf(row) === 'open');
	});

	/** Of these, those whose connections can be created: the target has none of that name or UUID. */
	creatable: Database[] = $derived.by(() => this.#open.filter(isMissing).map((row) => row.source));
	created: ReadonlySet<string> = $derived.by(
		() => new Set(this.creatable.map((each) => each.uuid).filter((uuid) => this.#given().connections.includes(uuid))),
	);

	/** Names of databases that the plan would ask about. */
	unmapped: string[] = $derived.by(() => {
		if (!this.usage.databases) return [];
		return this.#open.filter((row) => !this.created.has(row.source.uuid)).map((row) => row.source.name);
	});

	/** With what stands in the address by default only. */
	get draft(): Draft {
		return { ...this.#given(), source: this.source, target: this.target, dashboards: this.uuids };
	}

	verdict(target: string): Verdict | undefined {
		return this.data?.allowed_actions.migrate[target];
	}

	open(source: string): Promise<void> {
		return this.matrix.open(source);
	}

	choose(facts: Partial<Omit<Draft, 'dashboards' | 'task'>>): void {
		const draft = { ...this.draft, ...facts };
		// From the target there is no way to itself
		if (draft.source === draft.target) draft.target = facts.source ? '' : draft.target;
		// What was to be created was missing on that target
		if (facts.source || facts.target) draft.connections = [];
		this.#keep(draft);
	}

	add(uuids: string[]): void {
		this.#keep({ ...this.draft, dashboards: [...new Set([...this.uuids, ...uuids])] });
	}

	remove(uuids: string[]): void {
		const gone = new Set(uuids);
		this.#keep({ ...this.draft, dashboards: this.uuids.filter((uuid) => !gone.has(uuid)) });
	}

	/** What is asked of the server; mappings that were chosen and not confirmed count for this plan only. */
	request(draft: Draft): PlanRequest {
		const used = this.usage.databases;
		const changes = (this.mapping?.changes ?? []).filter((each) => !used || used.has(each.source_uuid));
		return {
			source: this.source,
			target: this.target,
			dashboards: this.uuids.filter((uuid) => !this.gone.includes(uuid)),
			databases: changes.map((each) => `${each.source_uuid}=${each.target_uuid}`),
			allow_many: draft.allowMany,
			acknowledge: draft.acknowledge,
			carry: draft.carry,
			prune: draft.prune,
			connections: this.mapping?.rows.data ? [...this.created] : draft.connections,
		};
	}

	#keep(draft: Draft): void {
		handover.give({ source: draft.source, target: draft.target, uuids: draft.dashboards ?? [] });
		void this.#change(draft);
	}
}
