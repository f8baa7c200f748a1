// [DEF:lib/stores/mapping.svelte.ts:Store]
// @COMPLEXITY: 4
// @PURPOSE: The databases of two environments and what was chosen for each; confirmed choices are stored for all later plans.
// @RELATION DEPENDS_ON -> lib/api/mappings.ts
// @RELATION DEPENDS_ON -> lib/stores/resource.svelte.ts
// @PRE: Source and target are two environments that the reader may see.
// @POST: What was chosen and not stored survives a reload while the tab of the browser lives.
// @SIDE_EFFECT: Stores mappings on confirmation; keeps choices in the session storage.

import {
	changeMapping,
	listMappings,
	type Mapping,
	type Pair,
	removeMapping,
	setMappings,
	suggestMappings,
	type Suggestion,
} from '#lib/api/mappings.ts';
import { type Problem, problemOf } from '#lib/api/problem.ts';
import { Resource } from './resource.svelte.ts';

/** A suggestion from here on is chosen without a question: same name, same engine. */
const SURE = 90;

export interface MappingRow extends Suggestion {
	stored: Mapping | undefined;
}

export class MappingStore {
	readonly pair: Pair;
	readonly rows: Resource<MappingRow[]>;
	/** By source: the target that is chosen now; empty where the choice was taken back. */
	#chosen = $state.raw<Record<string, string>>({});
	busy = $state(false);
	/** Why the last confirmation was refused. */
	problem = $state.raw<Problem | null>(null);

	constructor(pair: Pair) {
		this.pair = pair;
		this.#chosen = this.#read();
		this.rows = new Resource((signal) => this.#load(signal));
	}

	/** Its target: chosen now, else stored, else surely suggested, else none. */
	targetOf(row: MappingRow): string {
		const sure = row.score >= SURE ? row.target?.uuid : undefined;
		return this.#chosen[row.source.uuid] ?? row.stored?.target_uuid ?? sure ?? '';
	}

	stateOf(row: MappingRow): 'stored' | 'chosen' | 'open' {
		const target = this.targetOf(row);
		if (!target) return 'open';
		return target === row.stored?.target_uuid ? 'stored' : 'chosen';
	}

	choose(row: MappingRow, target: string): void {
		this.problem = null;
		this.#keep({ ...this.#chosen, [row.source.uuid]: target });
	}

	/** What would be stored: chosen, and not what is stored already. */
	get changes(): { source_uuid: string; target_uuid: string }[] {
		return (this.rows.data ?? [])
			.filter((row) => this.stateOf(row) === 'chosen')
			.map((row) => ({ source_uuid: row.source.uuid, target_uuid: this.targetOf(row) }));
	}

	async confirm(): Promise<boolean> {
		const changes = this.changes;
		if (!changes.length || this.busy) return false;
		this.busy = true;
		this.problem = null;
		try {
			const stored = (this.rows.data ?? []).flatMap((row) => (row.stored ? [row.stored] : []));
			const of = (source: string) => stored.find((each) => each.source_uuid === source);
			const added = changes.filter((each) => !of(each.source_uuid));
			if (added.length) await setMappings(this.pair, added);
			for (const { source_uuid, target_uuid } of changes) {
				const known = of(source_uuid);
				if (known) await changeMapping(known.id, target_uuid);
			}
			this.#keep({});
			await this.rows.reload();
			return true;
		} catch (error) {
			this.problem = problemOf(error);
			// A part of it may be stored
			await this.rows.reload();
			return false;
		} finally {
			this.busy = false;
		}
	}

	/** Removes a stored one, and returns how to take that back. */
	async remove(mapping: Mapping): Promise<() => Promise<void>> {
		const { source_uuid, target_uuid } = mapping;
		await removeMapping(mapping.id);
		// Not suggested again at once as if nothing had been said
		this.#keep({ ...this.#chosen, [source_uuid]: '' });
		await this.rows.reload();
		return async () => {
			await setMappings(this.pair, [{ source_uuid, target_uuid }]);
			const { [source_uuid]: _, ...others } = this.#chosen;
			this.#keep(others);
			await this.rows.reload();
		};
	}

	async #load(signal: AbortSignal): Promise<MappingRow[]> {
		const [suggestions, stored] = await Promise.all([
			suggestMappings(this.pair, signal),
			listMappings(this.pair, signal),
		]);
		return suggestions.map((each) => ({
			...each,
			stored: stored.find((mapping) => mapping.source_uuid === each.source.uuid),
		}));
	}

	get #name(): string {
		return `lockstep.mapping ${this.pair.source} ${this.pair.target}`;
	}

	#keep(chosen: Record<string, string>): void {
		this.#chosen = chosen;
		sessionStorage.setItem(this.#name, JSON.stringify(chosen));
	}

	#read(): Record<string, string> {
		try {
			const kept = JSON.parse(sessionStorage.getItem(this.#name) ?? '{}') as unknown;
			return typeof kept === 'object' && kept ? (kept as Record<string, string>) : {};
		} catch {
			return {};
		}
	}
}
