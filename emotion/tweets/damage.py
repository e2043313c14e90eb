"""How a reader learns that a file breaks off."""


class Damage(Exception):
    """Raised after the last usable byte; the message becomes the reason of one dead letter for the lost rest."""
