"""E-mail addresses and IP addresses."""

import ipaddress
import re
from collections.abc import Iterator

from .match import Found, Kind

_LOCAL = re.compile(r"[\w.+%'\-]{1,64}$")
_DOMAIN = re.compile(r"@(?:[^\W_](?:[\w\-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}(?![\w\-])")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?!\.?\d|\w)")
_IPV6 = re.compile(
    r"(?<![\w:.])(?=[0-9A-Fa-f:.]{0,38}:[0-9A-Fa-f:.]{0,38}:)[0-9A-Fa-f:]{2,39}(?:\.\d{1,3}){0,3}(?![\w:])"
)
_NOT_AN_ADDRESS = re.compile(r"(?i)(?:\bv|\bversion|\bsections?|\bclauses?|\barticles?|\bno\.?|§|\brelease)[ \t]{0,2}$")


def find_emails(text: str) -> Iterator[Found]:
    """E-mail addresses."""
    # From each sign outward: a search from the left would try every word that an address might begin with.
    at = text.find("@")
    while at >= 0:
        local, domain = _LOCAL.search(text[max(0, at - 64) : at]), _DOMAIN.match(text, at)
        name = local.group().lstrip(".'-%") if local else ""
        if name and domain:
            yield Found(Kind.EMAIL, at - len(name), domain.end(), text[at - len(name) : domain.end()])
        at = text.find("@", at + 1)


def find_ips(text: str) -> Iterator[Found]:
    """IPv4 and IPv6 addresses; numbers of sections and versions are none."""
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            if _is_ip(match.group()) and not _NOT_AN_ADDRESS.search(text, max(0, match.start() - 12), match.start()):
                yield Found(Kind.IP, match.start(), match.end(), match.group())


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return text != "::"
