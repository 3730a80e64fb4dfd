"""Network addresses as marks: enough to count what one address asks for, nothing to find anybody by."""

from __future__ import annotations

import hashlib
import hmac
from ipaddress import IPv6Address, ip_address

# Whoever has an IPv6 address has all of its last 64 bits to write from.
_HOST_BITS = 64


class AddressMarks:
    """Marks of addresses, the same for the same address in every desk process with the same secret key."""

    def __init__(self, secret_key: str) -> None:
        # A key of its own: a mark is no signature of anything else.
        self._key = hmac.digest(secret_key.encode(), b"desk network address", hashlib.sha256)

    def of(self, address: str) -> str | None:
        """32 hexadecimal digits; None for what is no address. An IPv6 network of /64 is one address."""
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return None
        if isinstance(found, IPv6Address):
            found = found.ipv4_mapped or IPv6Address(int(found) >> _HOST_BITS << _HOST_BITS)
        return hmac.digest(self._key, found.packed, hashlib.sha256)[:16].hex()
