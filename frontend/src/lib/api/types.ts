// [DEF:lib/api/types.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Shapes of the API that several rooms share, and the refusals of the application itself.

import type { components } from './schema.ts';

type Schemas = components['schemas'];

export type Line = Schemas['Line'];
export type Stage = Schemas['Stage'];
export type Decision = Schemas['Decision'];
export type Run = Schemas['Run'];
export type Question = Schemas['Question'];
export type Suggestion = Schemas['Suggestion'];
export type Database = Schemas['Database'];

export type Verdict = Schemas['Verdict'];
export type Actions = Record<string, Verdict>;
export type Writing = Schemas['Writing'];
export type EnvironmentBrief = Schemas['EnvironmentBrief'];
export type Preferences = Required<Schemas['Preferences']>;
export type Session = Schemas['Session'];
export type AssetKind = Schemas['AssetKind'];

/** What the application refuses by itself, whoever asks. */
export function refusal(reason: string): Verdict {
	return { allowed: false, reason, who: [] };
}
