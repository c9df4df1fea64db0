"""The draw: a share of the changes that need nobody is looked at by a person all the same, and nobody knows which."""

import hashlib
import hmac

_STEPS = 2**64


def drawn(secret: bytes, ticket: str, share: float) -> bool:
    """Whether the change with this ticket is drawn.

    A share of all tickets is, evenly, by HMAC-SHA-256 under a secret that authors do not have: who cannot compute it
    cannot know beforehand. The ticket is a name that the author cannot change to draw again: the forge's number of the
    pull request and the branch that it goes to where they are known, else the commit of the base; never the head.
    """
    lot = int.from_bytes(hmac.new(secret, ticket.encode(), hashlib.sha256).digest()[:8], "big")
    return lot < share * _STEPS
