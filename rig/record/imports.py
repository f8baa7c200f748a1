"""Import the recorded examples unchanged into an empty Superset, and record the result.

    python -m rig.record.imports http://127.0.0.1:8189 --username admin --password-file F --database UUID DEST

The server must be disposable and empty except for a connection with that UUID. The dashboard “USA Births Names” is
imported first, so that the others get new numbers. DEST then shows what the importer remaps and what it leaves.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.bundle.bundle import read_bundle, write_bundle
from apps.superset.http.auth import PasswordLogin
from apps.superset.planning.mapping import apply_mapping
from apps.superset.references.graph import closure
from apps.superset.releases.base import Endpoint
from apps.superset.remote.client import SupersetClient
from rig.record.recording import record

RECORDED = Path("apps/superset/tests/recordings/6.1/all.zip")
FIRST = Key(Kind.DASHBOARD, "02543e07-662c-46be-bb04-fe5afbe1a86c")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m rig.record.imports", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("url")
    parser.add_argument("--username", required=True)
    parser.add_argument("--password-file", required=True, type=Path)
    parser.add_argument("--database", required=True, help="UUID of the connection for the datasets")
    parser.add_argument("destination", type=Path)
    options = parser.parse_args()
    login = PasswordLogin(options.username, options.password_file.read_text().rstrip("\n"))
    everything = read_bundle(RECORDED.read_bytes())
    with SupersetClient(options.url, login, environment="recorded") as client:
        for keys in (closure(everything, [FIRST]).keys, tuple(everything.assets)):
            bundle = write_bundle(mapped(everything, keys, options.database), type="assets")
            client.import_bundle(Endpoint.ASSETS, bundle)
    record(options.url, login, options.destination)
    return 0


def mapped(bundle: Bundle, keys: tuple[Key, ...], database: str) -> list[Asset]:
    """These assets without connections, with their datasets on that database."""
    uuids = {asset.uuid: database for asset in bundle.of_kind(Kind.DATABASE)}
    return [apply_mapping(bundle.assets[key], uuids) for key in keys if key.kind is not Kind.DATABASE]


if __name__ == "__main__":
    sys.exit(main())
