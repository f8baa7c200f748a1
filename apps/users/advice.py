# [DEF:users.advice:Module]
# @COMPLEXITY: 2
# @PURPOSE: What to do about a refusal of the users, in the admin, the API and mails.

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise

ADVICE: Mapping[str, Promise] = {}
