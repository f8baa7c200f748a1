from __future__ import annotations

from textwrap import dedent

from apps.contracts.anchors import read_blocks
from apps.contracts.model import Language, Relation


def blocks(text, language=Language.PYTHON):
    return read_blocks(dedent(text), language)


def test_a_block_goes_on_as_long_as_the_comment():
    (block,), faults = blocks(
        """\
        # [DEF:shop.plan:Module]
        # @COMPLEXITY: 3
        # @PURPOSE: Plans what is bought.
        # @RELATION DEPENDS_ON -> shop.prices

        # @POST: an ordinary comment
        '''A docstring.'''
        """
    )
    assert (block.id, block.type, block.line, block.length, block.level) == ("shop.plan", "Module", 1, 4, 3)
    assert [tag.name for tag in block.tags] == ["COMPLEXITY", "PURPOSE", "RELATION"]
    assert block.purpose == "Plans what is bought."
    assert block.relations == (Relation("DEPENDS_ON", "shop.prices", 4),)
    assert not faults


def test_a_line_without_a_tag_goes_on_with_the_one_before():
    (block,), _ = blocks("# [DEF:shop:Module]\n# @PURPOSE: Plans what\n#   is bought.\n# @COMPLEXITY: 2\n")
    assert block.purpose == "Plans what is bought."
    assert block.level == 2


def test_an_inner_block_is_closed():
    (outer, inner), faults = blocks(
        """\
        # [DEF:shop.plan:Module]
        # @COMPLEXITY: 1

        # [DEF:shop.plan.Plan:Class]
        # @COMPLEXITY: 4
        class Plan:
            price = 3
        # [/DEF:shop.plan.Plan:Class]
        """
    )
    assert (outer.closed, inner.closed, inner.line) == (None, 8, 4)
    assert not faults


def test_a_text_is_no_comment():
    found, faults = blocks('EXAMPLE = """\n# [DEF:shop.plan:Module]\n"""\nx = 1  # [DEF:shop.plan:Module]\n')
    assert (found, faults) == ((), ())


def test_what_looks_like_an_anchor_and_is_none_is_reported():
    found, faults = blocks("# [DEF:shop.plan]\n\n# [DEF:shop plan:Module] and more\n\n# [/DEF:shop.plan:Module]\n")
    assert found == ()
    assert [fault.line for fault in faults] == [1, 3, 5]


def test_markup_is_read_from_one_comment_or_from_several():
    for text in (
        "<!-- [DEF:lib/Hub:Component] -->\n<!-- @COMPLEXITY: 3 -->\n<!-- @UX_STATE: ready: all there -->\n<div></div>",
        "<!-- [DEF:lib/Hub:Component]\n  @COMPLEXITY: 3\n  @UX_STATE: ready: all there\n-->\n\n<div></div>",
    ):
        (block,), faults = blocks(text, Language.COMPONENT)
        assert (block.id, block.line, block.level) == ("lib/Hub", 1, 3)
        assert [(tag.line, tag.value) for tag in block.values("UX_STATE")] == [(3, "ready: all there")]
        assert not faults


def test_a_script_within_a_component_has_inner_blocks():
    text = """\
        <!-- [DEF:lib/Hub:Component] -->
        <script>
            // [DEF:lib/Hub.load:Function]
            // @COMPLEXITY: 4
            function load() {}
            // [/DEF:lib/Hub.load:Function]
        </script>
        """
    (outer, inner), _ = blocks(text, Language.COMPONENT)
    assert (outer.id, inner.id, inner.line, inner.closed) == ("lib/Hub", "lib/Hub.load", 3, 6)


def test_a_script_of_its_own_is_read():
    (block,), _ = blocks("// [DEF:lib/api/get.ts:Module]\n// @COMPLEXITY: 2\nexport {};\n", Language.SCRIPT)
    assert (block.id, block.level) == ("lib/api/get.ts", 2)
