"""What the importer of each release takes, read from the installed package by `python -m rig.importer_schemas`."""
