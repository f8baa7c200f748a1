"""`python -m rig.references`: compares an installed Superset with the table of places, and prints what is missing."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rig.errors import RigError
from rig.references import page, reasons
from rig.references.package import at, installed
from rig.references.review import review


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m rig.references",
        description="Compare an installed Superset with the table of places. Exits with 1 if a name or address is "
        "neither in the table nor explained in reasons.toml.",
    )
    parser.add_argument("--list", action="store_true", help="print everything that was found, with its files")
    parser.add_argument("--write", action="store_true", help="write the generated part of docs/references.md")
    parser.add_argument("--superset", type=Path, help="folder of another installed Superset")
    options = parser.parse_args(arguments)
    if options.write:
        page.write()
        return 0
    try:
        package = at(options.superset) if options.superset else installed()
        found = review(package, reasons.read(reasons.FILE.read_text()))
    except RigError as error:
        print(error, file=sys.stderr)
        return 1
    for each in found:
        print("\n".join(each.lines))
        if options.list:
            print("\n".join(f"  {name}: {', '.join(sorted(files))}" for name, files in sorted(each.found.items())))
    return 0 if all(each.is_settled for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
