"""Errors whose text a person may read."""


class Refused(Exception):
    """Something cannot be done, and `str()` tells a person why and what they can do. `detail` is for the log."""

    def __init__(self, words: object, *, detail: str = "") -> None:
        super().__init__(words)
        self.detail = detail

    def __str__(self) -> str:
        return str(self.args[0])  # lazy translations are spoken in the reader's language, not the raiser's
