#!/usr/bin/env python
"""`lockstep` for a checkout: `python manage.py migration plan …`."""

from project.console import main

if __name__ == "__main__":
    main()
