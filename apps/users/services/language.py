# [DEF:users.services.language:Module]
# @COMPLEXITY: 3
# @PURPOSE: In which language somebody reads: their preference, what the browser asks for, or English.
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from django.conf import settings
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from apps.users.models import User


def language_for(user: object, accepted: str) -> str:
    """`accepted` is the header Accept-Language; a user who is not signed in has no preference."""
    preferred = user.language if isinstance(user, User) else ""
    for code in (preferred, *(code for code, _quality in parse_accept_lang_header(accepted))):
        if code == "*":
            break
        try:
            if code:
                return get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE
