"""Public codes: an address, not a permission."""

import secrets

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # base32 without l and o, which are read as 1 and 0


def new_code() -> str:
    """12 random characters, 60 bits."""
    return "".join(ALPHABET[byte % 32] for byte in secrets.token_bytes(12))  # 256 / 32: all are equally likely
