# [DEF:project.redaction:Module]
# @COMPLEXITY: 2
# @PURPOSE: Removes credentials from log text, whatever library wrote it.
"""Libraries log what they are given: headers as lines, pairs and dictionaries, addresses with queries, statements with
values. So credentials are recognised by their form, not by their source.
"""

from __future__ import annotations

import re

HIDDEN = "********"

_HEADER = r"(?:proxy-)?authorization|(?:set-)?cookie2?|x-[\w-]{0,40}(?:token|key|secret|auth)[\w-]{0,40}|x-csrftoken"
# No more than what follows the word: a prefix of any length makes each place of a long text a beginning
_NAME = r"(?:passw|secret|token|api_?-?key|credential|csrf|verifier|assertion|session_?(?:id|key)?\b)[\w.-]{0,64}"
# A quotation mark that is escaped does not end it
_QUOTED = r"(\\?['\"])(?:(?!\2)(?:\\.|[^\\\n]))+"
_IN_QUERY = "code|state|nonce|sid|key|sig|signature|auth"

_CREDENTIALS = (
    # Authorization: …   {'Cookie': '…'}   (b"cookie", b"…")
    (re.compile(rf"(?i)\b((?:{_HEADER})\\?['\"]?\s*[:=,]\s*b?){_QUOTED}"), rf"\1\2{HIDDEN}"),
    (re.compile(rf"(?i)\b((?:{_HEADER})\s*:[ \t]*)[^\s'\"][^\r\n]*"), rf"\1{HIDDEN}"),
    (re.compile(r"(?i)\b(bearer)\s+(?:[\w.~+/-]{8,}=*)"), rf"\1 {HIDDEN}"),
    (re.compile(r"(?i:\b(basic|digest|negotiate|ntlm))\s+(?=[\w+/]*[A-Z0-9=])[\w+/]{6,}=*"), rf"\1 {HIDDEN}"),
    # "password": "…"   password = '…'   token=…
    (re.compile(rf"(?i)({_NAME}\\?['\"]?\s*[:=,]\s*b?){_QUOTED}"), rf"\1\2{HIDDEN}"),
    (re.compile(rf"(?i)({_NAME}=)[^\s&;,'\")}}\]]+"), rf"\1{HIDDEN}"),
    (re.compile(rf"(?i)([?&](?:{_IN_QUERY})=)[^\s&'\"]+"), rf"\1{HIDDEN}"),
    # Key (session_key)=(…) already exists.   Failing row contains (…).
    (re.compile(r"(?i)(Key \([^)]{0,200}(?:passw|secret|token|digest|session)[^)]{0,200}\)=\()[^)]*"), rf"\1{HIDDEN}"),
    (re.compile(r"(Failing row contains \().*"), rf"\1{HIDDEN})."),
    # What is one by its looks
    (re.compile(r"(://[^\s/:@]*):[^\s/@]+@"), rf"\1:{HIDDEN}@"),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*"), HIDDEN),
    (re.compile(r"\blockstep_(?!session|csrf)[\w-]{20,}"), f"lockstep_{HIDDEN}"),
    (re.compile(r"\b(?:pbkdf2_sha\d+|argon2\w*|scrypt|bcrypt\w*)\$\S+"), HIDDEN),
)


def redacted(text: str) -> str:
    for pattern, shown in _CREDENTIALS:
        text = pattern.sub(shown, text)
    return text
