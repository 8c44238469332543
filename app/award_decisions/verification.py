"""Verification codes: unguessable, easy to copy by hand, with a check character."""

# Crockford's base 32: no I, L, O or U, which are misread; 37 is prime, so that one wrong character
# or two swapped ones always show.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECKS = ALPHABET + "*~$=U"
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def new_code(random: bytes) -> str:
    """A code for 16 random bytes (128 bits): 26 characters and the check character."""
    number = int.from_bytes(random, "big")
    characters = "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
    return characters + _CHECKS[number % 37]


def read_code(text: str) -> str | None:
    """The code that was meant, whatever its case and hyphens; None if it was mistyped."""
    code = text.upper().translate(_READ_AS)
    body, check = code[:-1], code[-1:]
    if len(body) != 26 or any(character not in ALPHABET for character in body):
        return None
    number = 0
    for character in body:
        number = number * 32 + ALPHABET.index(character)
    return code if check and _CHECKS[number % 37] == check else None
