"""How much a token allows: each scope has all that the ones below it have."""

from enum import IntEnum


class Scope(IntEnum):
    """reader: looks. worker: trains. operator: changes what is trained. admin: says who may do so."""

    READER = 1
    WORKER = 2
    OPERATOR = 3
    ADMIN = 4

    @property
    def word(self) -> str:
        """As it is written."""
        return self.name.lower()


WORDS = tuple(scope.word for scope in Scope)


def scope(word: str) -> Scope:
    """The scope of that name.

    Raises:
        KeyError: there is none.
    """
    return Scope[word.upper()]
