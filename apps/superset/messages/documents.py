# [DEF:superset.messages.documents:Module]
# @COMPLEXITY: 2
# @PURPOSE: What is wrong with a bundle, a document in it or a row of a list, in English: clauses, mostly without their
#   subject.

from __future__ import annotations

from collections.abc import Mapping

from apps.superset.messages.marking import gettext_noop as _

ARCHIVES: Mapping[str, str] = {
    "in_file": _("“{file}” {problem}"),
    "too_many_files": _("the ZIP holds more than {most} files"),
    "no_zip": _("this is not a ZIP file that can be read"),
    "no_yaml": _("the ZIP holds no YAML file"),
    "no_metadata": _("the ZIP has no {name} in its root folder, so it is no export of Superset"),
    "several_roots": _("the ZIP has {count} folders at its top, but a bundle has one root folder"),
    "no_root": _("lies at the top of the ZIP, but a bundle has one root folder"),
    "nested": _("is an archive inside the ZIP: unpack it and add its contents instead"),
    "twice": _("is in the ZIP twice"),
    "control_character": _("has a control character in its name"),
    "absolute_path": _("has an absolute path"),
    "backslash": _("has a backslash in its path"),
    "leaves_folder": _("has a path that leaves its folder"),
    "encrypted": _("is encrypted"),
    "special": _("is a link or a special file"),
    "damaged": _("is damaged"),
    "too_large": _("is larger than {most} MB"),
    "unpacks_too_far": _("unpacks to far more than a bundle can hold"),
    "letter_case": _("lies in “{folder}”, but the folder is called “{wanted}”"),
    "version": _("says version {version}, but only {known} is known"),
    "version.none": _("says no version, but only {known} is known"),
    "second": _("is another {kind} with the uuid {uuid}, which the ZIP already holds"),
    "no_utf8": _("is not text in UTF-8"),
    "no_mapping": _("is not a mapping of names to values"),
    "no_uuid": _("has no uuid"),
    "bad_uuid": _("has “{text}” where its uuid should be"),
    "asset": _("({kind} “{name}”) {problem}"),
}

VALUES: Mapping[str, str] = {
    "no_json": _("is no JSON"),
    "too_deep": _("is nested more than {most} levels deep"),
    "no_yaml": _("is not valid YAML ({reason})"),
    "yaml_line": _("line {line}: {reason}"),
    "bad_value": _("holds a value that YAML does not allow ({reason})"),
    "large_surrogate": _("holds half of a surrogate pair, and is too large to be read with it"),
    "too_many_values": _("would grow to more than {most} values"),
    "too_many_aliases": _("uses more than {most} aliases"),
    "contains_itself": _("contains itself through the alias “{alias}”"),
}

SHAPES: Mapping[str, str] = {
    "wrong_type": _("is {found} where {wanted} was expected"),
    "field": _("has a “{path}” that is {found}"),
    "field_of_type": _("has a “{path}” that is {found} where {wanted} was expected"),
    "no_whole_number": _("{found} and no whole number"),
    "column_without_name": _("has a “{path}” without an id or a name"),
    "other_id": _("is that of id {id}"),
    "object": _("an object"),
    "list": _("a list"),
    "text": _("a text"),
    "truth": _("true or false"),
    "number": _("a number"),
    "null": _("null"),
    "other": _("a {type}"),
}

IMPORTS: Mapping[str, str] = {
    "at": _("{path} {problem}"),
    "at_row": _("{path} ({row}) {problem}"),
    "column": _("column “{name}”"),
    "metric": _("metric “{name}”"),
    "document": _("the document"),
    "more": _("and {count} more"),
    "too_long": _("has {length} characters, and {most} is the most"),
    "unknown_field": _("is a field that this release does not know"),
    "missing": _("is missing"),
    "folder_without_children": _("is missing, though the folder has a name"),
    "no_json": _("is a text that is no JSON"),
    "null": _("is null, which the importer refuses"),
    "null_in_database": _("is null, which Superset's database refuses"),
    "no_uuid": _("is no UUID"),
    "no_address": _("is no address"),
    "empty": _("is empty, which the importer refuses"),
    "no_choice": _("is none of {known}"),
    "too_great": _("is a number that does not fit into Superset's database"),
    "deleted_type": _("is {type}, a chart type that Superset deletes"),
    "loads_rows": _("would make the target load rows from an address"),
    "same_name": _("has {count} of the name “{name}”, and an import would make them one"),
}

TEMPLATES = {
    **{f"bundle.{key}": text for key, text in ARCHIVES.items()},
    **{f"value.{key}": text for key, text in VALUES.items()},
    **{f"shape.{key}": text for key, text in SHAPES.items()},
    **{f"import.{key}": text for key, text in IMPORTS.items()},
}
