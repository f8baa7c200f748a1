"""`python -m rig.postgres` prints the DATABASE_URL for tests, or exits with 1 and says what is missing."""

from __future__ import annotations

import sys

from rig.postgres.machine import refusal, url


def main() -> int:
    if why := refusal():
        print(why, file=sys.stderr)
        return 1
    print(url())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
