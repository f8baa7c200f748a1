"""Which places of an installed Superset name something by number, held against what Lockstep knows of them."""
