"""Find secrets by the name they are assigned to: `DB_PASSWORD=…`, `"apiKey": "…"`.

A name alone proves little: source code is full of `password: str` and `token = get_token()`. So the
value has to be a literal that resembles a secret; the vaguer the name, the stricter the test.
"""

import re
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import Final

from ingestd.intake.redact.pattern import Match, Pattern, is_blank
from ingestd.intake.redact.text import end_of_string


class Strength(Enum):
    """Classify a name by which values are secrets."""

    PASSWORD = 1
    """Any word."""
    TOKEN = 2
    """A generated value."""
    WEAK = 3
    """Only a random value: the name may be a cache key, or contain the name of a service."""


_ENDINGS: Final = (
    "assword ASSWORD asswd ASSWD assphrase ASSPHRASE _pass _PASS pwd PWD Pwd "
    "ecret ECRET oken OKEN redentials REDENTIALS _key -key -Key Key KEY pikey PIkey"
)
_ENDINGS_OF_TWO_WORDS: Final = ("pi key", "PI key", "PI Key")
_SUFFIXES: Final = "_PROD _PRODUCTION _DEV _STAGING _TEST _LIVE _BASE _VALUE _1 _2 1 2"
_BEHIND: Final = ("=", ":", '"', "'", "`", '\\"', "\\\\", "\\t", " =", " :", "  ", ">")
_FLAGS: Final = (
    "password passwd passphrase token secret apikey api-key api-token access-key access-token "
    "auth-token client-secret secret-key secret-access-key db-password admin-password root-password"
)
_SERVICES: Final = (
    "adafruit adobe airtable algolia alibaba asana atlassian confluence jira beamer bitbucket "
    "bittrex meraki cloudflare codecov cohere coinbase confluent contentful datadog discord "
    "droneci dropbox etsy facebook fastly finicity finnhub flickr freshbooks gitter "
    "gocardless heroku hubspot intercom jfrog artifactory kraken kucoin launchdarkly linkedin "
    "lob mailchimp mailgun mapbox mattermost messagebird netlify newrelic new_relic nytimes "
    "okta plaid privateai rapidapi sendbird sentry snyk sonar squarespace sumologic telegram "
    "travis twilio twitch twitter typeform yandex zendesk"
)
"""Services whose keys have no format of their own."""
_QUOTE: Final = rb"\\{0,31}[\"'`]"
_ASSIGNED: Final = (
    rb"(?P<close>" + _QUOTE + rb")?"
    rb"(?P<sign>(?: |\\{1,32}t){0,8}+(?::=|=>|={1,3}|:(?!:)"
    # A literal default of a typed variable: `token: str = "…"`.
    rb"(?: ?[A-Za-z][A-Za-z0-9_.\[\]|?&, ]{1,40}?= ?(?=[bfr]?" + _QUOTE + rb"))?)"
    rb"(?: |\\{1,32}t){0,8}+"
    rb"| {1,4}value=|>)"
    rb"(?:[bfr]{0,2}(?P<open>" + _QUOTE + rb"))?"
)
_FLAG: Final = re.compile(rb"--[a-z-]{5,20}(?P<close>)(?P<sign> {1,4})(?P<open>" + _QUOTE + rb")?")
_SERVICE: Final = re.compile(
    rb"(?:(?<![A-Za-z])|(?<=\\[nrtbf]))[A-Za-z]{3,12}(?:_relic|_RELIC)?(?P<rest>[A-Za-z0-9_.-]{0,24}+)"
    + _ASSIGNED
)
_SERVICE_NAME: Final = re.compile(
    rb"(?i)(?:" + b"|".join(it.encode() for it in _SERVICES.split()) + rb")(?-i:(?![a-z]))"
)
_NO_SERVICE_KEY: Final = re.compile(
    rb"(?i)(?:id|ids|url|uri|host|sha|rev|commit|version|hash|digest|ref|integrity|checksum)$"
)
_NAME_BYTES: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_LONGEST_NAME: Final = 48
_ESCAPING: Final = frozenset((b"n", b"r", b"t", b"b", b"f"))
_BEFORE_PARAMETERS: Final = frozenset((b"-", b"?", b"&", b";"))
_AFTER_CODE: Final = frozenset((b"(", b"[", b"{"))
_IN_CODE: Final = frozenset((b",", b")", b"}", b"]", b">"))

_PASSWORD_NAME: Final = re.compile(rb"(?i)(?:passw(?:or)?d|passphrase|pass|pwd)[0-9_a-z]{0,12}$")
_KEY_NAME: Final = re.compile(
    rb"(?:api|access|secret|private|auth|authorization|encryption|encrypt|crypt|signing|sign|master"
    rb"|account|admin|service|license|deploy|client|app|application|webhook|shared|hmac|jwt|session"
    rb"|cookie|consumer|ingest|integration|security|subscription)key"
)
_NO_SECRET: Final = re.compile(
    rb"(?:public|next|page|continuation|cancel|cancellation|sync|pad|eos|bos|unk|sep|cls|mask|stop"
    rb"|end|special|csrf|xsrf|foreign|primary|partition|sort|cache|row|hash|idempotency|object|route"
    rb"|i18n|translation|dict|registry|query|group|unique|index|old)(?:token|key|pwd)|^key$|^pwd$"
)

_BARE: Final = re.compile(rb"[^\s\"'\\<>&;|`,(){}\[\]]*+")
_BARE_OF_ENVIRONMENT: Final = re.compile(rb"[^\s\"'\\<>&;|`]*+")
_IN_QUOTES: Final = re.compile(rb"[^\s'\"\\`]*+(?:\\{1,32}[^nrt\s\\][^\s'\"\\`]*+)*+")
_NO_LITERAL: Final = re.compile(
    # A path, a template, a call; then placeholders of a secret.
    rb"(?:~|\.{1,2})?/(?:[A-Za-z0-9._-]*/)*?[a-z._-]{2,}(?:/|$|\.)"
    rb"|\$(?!\d)|[%{:@#<\[(].*[%}>\])+*]$|[:@][A-Za-z_]+$|%[sdv]|\[redacted:"
    rb"|[A-Za-z_$][A-Za-z0-9_.:]*[(\[]"
    rb"|(?i:your|my|the|some|an?)[-_.]|(?i:change[-_]?(?:me|it|this)|example|sample|dummy"
    rb"|placeholder|replace|insert|redacted|x{4}|\.{3}|\*{3}|to-?do|(?:none|null|undefined|true"
    rb"|false|default|required|optional|string)$|https?:)"
)
_NO_LITERAL_WITHIN: Final = re.compile(rb"\$\{|\{\{|\$\(|<%|%\(|[-_](?i:here)$|[\x80-\xff]")
_KEYWORD: Final = re.compile(rb"(?i)passw|secret|token|key|credential|auth")
_IDENTIFIER: Final = re.compile(
    rb"[*&!]?[A-Za-z_$][A-Za-z_]*[0-9]{0,3}(?:(?:\.|::|->|\?\.)[A-Za-z_$][A-Za-z0-9_]*)*[?!]?$"
)
_DOTTED: Final = re.compile(
    rb"[A-Za-z_$][A-Za-z0-9_]*(?:(?:\.|::|->|\?\.)[A-Za-z_$][A-Za-z0-9_]*)+$"
)
_SWITCH: Final = re.compile(rb"(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")
_WORD: Final = re.compile(rb"[A-Z][a-z]+$")
_CAPITAL: Final = re.compile(rb"[A-Z]")
_DIGIT: Final = re.compile(rb"[0-9]")


def _named(ending: str) -> Callable[[bytes, int], Match | None]:
    suffixes = b"|".join(it.encode() for it in _SUFFIXES.split())
    suffix = b"(?:" + suffixes + b")?" if ending.isupper() else b""
    match = re.compile(re.escape(ending.encode()) + suffix + _ASSIGNED).match

    def find(text: bytes, at: int) -> Match | None:
        found = match(text, at)
        if found is None or not _may_follow(found):
            return None
        behind = found.start("sign") if found["close"] is None else found.start("close")
        before = text[max(0, at - _LONGEST_NAME) : at]
        start = at - len(before) + len(before.rstrip(_NAME_BYTES))
        if text[start - 1 : start] == b"\\" and text[start : start + 1] in _ESCAPING:
            start += 1
        name = text[start:behind]
        if name.startswith(b"--"):
            start += 2
            name = name[2:]
        return _find_value(text, found, name, _strength(name), text[start - 1 : start])

    return find


def _find_flag(text: bytes, at: int) -> Match | None:
    found = _FLAG.match(text, at)
    if found is None or found["open"] == b'"':
        return None
    name = text[at + 2 : found.start("sign")]
    return _find_value(text, found, name, _strength(name), b"-")


def _find_service(text: bytes, at: int) -> Match | None:
    found = _SERVICE.match(text, at)
    if found is None or not _may_follow(found) or not _SERVICE_NAME.match(text, at):
        return None
    if _NO_SERVICE_KEY.search(found["rest"]):
        return None
    return _find_value(text, found, text[at : found.start("sign")], Strength.WEAK, b"")


@lru_cache(maxsize=1024)
def _strength(name: bytes) -> Strength | None:
    if _PASSWORD_NAME.search(name):
        return None if _NO_SECRET.search(name.lower()) else Strength.PASSWORD
    plain = name.lower().translate(None, b"_- .0123456789")
    if _NO_SECRET.search(plain):
        return None
    if plain.endswith(b"key") and not _KEY_NAME.search(plain):
        return Strength.WEAK
    return Strength.TOKEN


def _may_follow(found: re.Match[bytes]) -> bool:
    """Return whether name and value are in one string, or in two strings of one object."""
    close, sign, quote = found.group("close", "sign", "open")
    if close is None:
        return quote != b'"'
    # A value that is not quoted like the name is a number, an object or a type.
    return quote is not None and (close[-1:] != b'"' or close == quote or b"value" in sign)


def _find_value(
    text: bytes, found: re.Match[bytes], name: bytes, strength: Strength | None, before: bytes
) -> Match | None:
    if strength is None:
        return None
    sign, quote = found.group("sign", "open")
    start = found.end()
    in_environment = sign == b"=" and name.isupper()
    end = _end_of_value(text, start, quote, in_environment=in_environment)
    if end is None:
        return None
    value = text[start:end]
    searched = end
    if quote is None and not in_environment:
        value = value.rstrip(b".,")
        end = start + len(value)
    if not _may_be_secret(value, strength, 8 if quote is None else 6):
        return Match(0, 0, searched)
    if strength is Strength.WEAK:
        is_secret = True
    elif sign == b">":
        is_secret = text[end : end + 2] == b"</"
    elif quote is not None:
        is_secret = _is_literal(value, strength, name)
    elif sign.isspace():  # a flag: help texts contain `--password PASSWORD`
        is_secret = _DIGIT.search(value) is not None or not value.isalnum()
    elif in_environment or (sign == b"=" and before in _BEFORE_PARAMETERS):
        is_secret = not _DOTTED.match(value)
    else:
        is_secret = _is_bare_literal(value, strength, text[end : end + 1])
    return Match(start, end, searched) if is_secret else Match(0, 0, searched)


def _end_of_value(
    text: bytes, start: int, quote: bytes | None, *, in_environment: bool
) -> int | None:
    if quote is None:
        found = (_BARE_OF_ENVIRONMENT if in_environment else _BARE).match(text, start)
        return None if found is None else found.end()
    if quote.endswith(b'"'):
        return end_of_string(text, start, escapes=len(quote) - 1)
    found = _IN_QUOTES.match(text, start)
    if found is None or text[found.end() : found.end() + 1] not in {b"'", b"`"}:
        return None
    return found.end()


def _may_be_secret(value: bytes, strength: Strength, shortest: int) -> bool:
    if len(value) < (shortest if strength is Strength.PASSWORD else 8):
        return False
    if is_blank(value) or _NO_LITERAL.match(value) or _NO_LITERAL_WITHIN.search(value):
        return False
    return (strength is not Strength.WEAK and not _KEYWORD.search(value)) or _is_random(value)


def _is_literal(value: bytes, strength: Strength, name: bytes) -> bool:
    if strength is Strength.PASSWORD:
        return name.isupper() or not _WORD.match(value)
    if _DIGIT.search(value) is not None:
        return True
    # Letters only are words, unless the share of capitals is that of random text.
    capitals = len(_CAPITAL.findall(value)) / len(value)
    return len(value) >= 20 and value.isalpha() and 0.25 < capitals < 0.75


def _is_bare_literal(value: bytes, strength: Strength, after: bytes) -> bool:
    has_digit = _DIGIT.search(value) is not None
    if after in _AFTER_CODE or (not has_digit and value.isalnum()):
        return False
    if _is_random(value):
        return True
    if (
        strength is Strength.PASSWORD
        and has_digit
        and value[:1].islower()
        and after not in _IN_CODE
    ):
        return not _DOTTED.match(value)
    return not _IDENTIFIER.match(value) and not _DOTTED.match(value)


def _is_random(value: bytes) -> bool:
    return len(value) >= 16 and len(_SWITCH.findall(value)) >= 3


def _hints_of(ending: str) -> tuple[bytes, ...]:
    if " " in ending:
        return tuple(f"{ending}{behind}".encode() for behind in ("=", ":", " ="))
    ends = [ending, *(ending + suffix for suffix in _SUFFIXES.split() if ending.isupper())]
    return tuple(f"{it}{behind}".encode() for it in ends for behind in _BEHIND)


def _hints_of_services() -> tuple[bytes, ...]:
    spellings = (spelt for it in _SERVICES.split() for spelt in (it, it.upper(), it.capitalize()))
    return tuple(spelt.encode() for spelt in spellings)


NAMED: Final = (
    *(
        Pattern("secret", _hints_of(it), _named(it), "names")
        for it in (*_ENDINGS.split(), *_ENDINGS_OF_TWO_WORDS)
    ),
    Pattern("secret", tuple(f"--{it} ".encode() for it in _FLAGS.split()), _find_flag, "flags"),
    Pattern("service-key", _hints_of_services(), _find_service, "services"),
)
