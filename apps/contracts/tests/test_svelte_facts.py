from __future__ import annotations

from textwrap import dedent

import pytest

from apps.contracts.errors import NodeMissing
from apps.contracts.svelte_facts import read_svelte_facts
from apps.contracts.tests.trees import CHECKOUT

SRC = "frontend/src"


def facts(**texts):
    files = {f"{SRC}/{name}": dedent(text).encode() for name, text in texts.items()}
    return read_svelte_facts(CHECKOUT, SRC, files)


def facts_of(text, name="routes/Hub.svelte", **others):
    return facts(**{name: text}, **others)[f"{SRC}/{name}"]


def test_imports_are_recorded_by_their_ids():
    found = facts_of(
        """\
        <script lang="ts">
            import { onMount } from 'svelte';
            import Row from './Row.svelte';
            import { get as fetchAll } from '$lib/api/get';
            import * as tasks from '#lib/stores/tasks.svelte.ts';
        </script>
        """,
        **{"lib/api/get.ts": "export const get = () => 1;"},
    )
    assert found.imports == {
        "EXT:svelte.onMount": 2,
        "routes/Row": 3,
        "lib/api/get.ts.get": 4,
        "lib/stores/tasks.svelte.ts": 5,
    }


def test_calls_are_followed_to_what_they_name():
    found = facts_of(
        """\
        <script>
            import Row from './Row.svelte';
            import * as tasks from '$lib/stores/tasks.ts';
            const load = () => tasks.load();
            load();
        </script>
        <Row />
        """
    )
    assert dict(found.calls) == {"lib/stores/tasks.ts.load": 4, "routes/Hub.load": 5, "routes/Row": 7}
    assert found.has_functions


@pytest.mark.parametrize(
    ("script", "attribute", "states"),
    [
        ("", '"ready"', {"ready"}),
        ("let busy = $state(true);", "{busy ? 'busy' : `ready`}", {"busy", "ready"}),
        ("let state = $state('idle'); const go = () => { state = 'busy'; };", "{state}", {"idle", "busy"}),
        ("let n = $state(0); const state = $derived(n > 3 ? 'many' : 'few');", "{state}", {"many", "few"}),
        (
            "let n = $state(0); const state = $derived.by(() => { if (n === 0) return 'none'; return 'some'; });",
            "{state}",
            {"none", "some"},
        ),
        ("function state(n: number) { return n ? 'some' : 'none'; }", "{state(1)}", {"some", "none"}),
        ("let { state = 'idle' }: { state?: 'idle' | 'busy' } = $props();", "{state}", {"idle", "busy"}),
        (
            "interface Props { phase: 'new' | 'old'; name: 'x' } let { phase: state }: Props = $props();",
            "{state}",
            {"new", "old"},
        ),
        ("let other = $state('no');", "{other === 'compared' ? 'yes' : other}", {"yes", "no"}),
        ("let state = $state('same'); state = state;", "{state}", {"same"}),
    ],
)
def test_states_are_the_values_that_the_attribute_can_have(script, attribute, states):
    text = f'<script lang="ts">{script}</script>\n<p data-state={attribute}></p>\n{{#if 1}}<i>x</i>{{/if}}\n'
    assert facts_of(text).states == states


def test_typescript_is_read_with_its_own_lines():
    found = facts_of(
        """\
        import { writable } from 'svelte/store';
        class Base {}
        export class Tasks extends Base {
            load(): void {}
        }
        export const all = async <T>(of: T): Promise<T[]> => [of];
        """,
        name="lib/stores/tasks.svelte.ts",
    )
    assert found.imports == {"EXT:svelte/store.writable": 1}
    assert dict(found.bases) == {"lib/stores/tasks.svelte.ts.Base": 3}
    assert [(each.name, each.type, each.first, each.last) for each in found.definitions] == [
        ("Base", "Class", 2, 2),
        ("Tasks", "Class", 3, 5),
        ("all", "Function", 6, 6),
    ]


def test_what_does_not_compile_is_a_fault_with_its_line():
    assert facts_of("<p>\n{#if}\n</p>\n").fault.line == 2


def test_without_the_compiler_one_sentence_says_what_to_do(tmp_path):
    with pytest.raises(NodeMissing, match="make node"):
        read_svelte_facts(tmp_path, SRC, {f"{SRC}/Hub.svelte": b""})


def test_without_node_one_sentence_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NodeMissing, match="Node"):
        read_svelte_facts(CHECKOUT, SRC, {f"{SRC}/Hub.svelte": b""})
