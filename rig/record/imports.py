"""Import the recorded examples into an empty Superset as they are, and record what it made of them.

    python -m rig.record.imports http://127.0.0.1:8189 --username admin --password-file F --database UUID DEST

The server must be one to throw away: empty but for a connection with that UUID. The dashboard “USA Births Names” goes
first, so that the others get other numbers than they had. What the importer remaps and what it leaves is then in DEST.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.bundle.bundle import read_bundle, write_bundle
from apps.superset.planning.mapping import apply_mapping
from apps.superset.references.graph import closure
from apps.superset.remote.client import PasswordLogin, SupersetClient
from rig.record.recording import record

RECORDED = Path("apps/superset/tests/recordings/6.1/all.zip")
FIRST = Key(Kind.DASHBOARD, "02543e07-662c-46be-bb04-fe5afbe1a86c")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--username", required=True)
    parser.add_argument("--password-file", required=True, type=Path)
    parser.add_argument("--database", required=True, help="UUID of the connection that the datasets are to use")
    parser.add_argument("destination", type=Path)
    options = parser.parse_args()
    login = PasswordLogin(options.username, options.password_file.read_text().rstrip("\n"))
    everything = read_bundle(RECORDED.read_bytes())
    with SupersetClient(options.url, login, environment="recorded") as client:
        for keys in (closure(everything, [FIRST]).keys, tuple(everything.assets)):
            client.import_assets(write_bundle(mapped(everything, keys, options.database), type="assets"))
    record(options.url, login, options.destination)
    return 0


def mapped(bundle: Bundle, keys: tuple[Key, ...], database: str) -> list[Asset]:
    """These of the bundle without its connections, their datasets on that database."""
    uuids = {asset.uuid: database for asset in bundle.of_kind(Kind.DATABASE)}
    return [apply_mapping(bundle.assets[key], uuids) for key in keys if key.kind is not Kind.DATABASE]


if __name__ == "__main__":
    sys.exit(main())
