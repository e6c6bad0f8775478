"""What evidence and reports have in common: JSON members with their types, times, and one kind of error."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone
from typing import Any, Mapping, Optional

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class UnreadableError(ValueError):
    """A file that is not what it should be. The text names the file, the line where there is one, and the fault."""


def nanoseconds(text: str) -> int:
    """Nanoseconds since 1970-01-01T00:00:00Z, of RFC 3339 in UTC. Python's datetime would lose the last three digits.

    Raises ValueError where the text is no such time.
    """
    if not text.endswith("Z"):
        raise ValueError("%r does not end in Z" % text)
    moment, _, fraction = text[:-1].partition(".")
    whole = datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    if fraction and not (fraction.isascii() and fraction.isdigit()):
        raise ValueError("%r has no fraction of a second" % text)
    return (whole - _EPOCH) // timedelta(seconds=1) * 1_000_000_000 + int((fraction or "0").ljust(9, "0")[:9])


class Members:
    """The members of one JSON object, each asked for by its type. Unknown members are nobody's fault: formats only gain.

    A text that was not UTF-8 stands base64-coded under its name plus `_base64`; its odd bytes come out as `\\xff`.
    """

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self.values = values
        self.where = where

    def fault(self, name: str, expected: str) -> UnreadableError:
        return UnreadableError("%s: \"%s\" is not %s" % (self.where, name, expected))

    def find_text(self, name: str) -> Optional[str]:
        value = self.values.get(name)
        coded = self.values.get(name + "_base64")
        if value is None and isinstance(coded, str):
            try:
                return base64.b64decode(coded, validate=True).decode("utf-8", errors="backslashreplace")
            except ValueError:
                raise self.fault(name + "_base64", "base64") from None
        if value is not None and not isinstance(value, str):
            raise self.fault(name, "a text")
        return value

    def text(self, name: str) -> str:
        value = self.find_text(name)
        if value is None:
            raise self.fault(name, "there")
        return value

    def find_number(self, name: str) -> Optional[float]:
        value = self.values.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise self.fault(name, "a number")
        return value

    def number(self, name: str) -> float:
        value = self.find_number(name)
        if value is None:
            raise self.fault(name, "there")
        return value

    def integer(self, name: str) -> int:
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.fault(name, "a whole number")
        return value

    def flag(self, name: str) -> bool:
        value = self.values.get(name)
        if not isinstance(value, bool):
            raise self.fault(name, "true or false")
        return value

    def time_ns(self, name: str) -> int:
        text = self.text(name)
        try:
            return nanoseconds(text)
        except ValueError:
            raise self.fault(name, "a time in UTC") from None

    def find_object(self, name: str) -> Optional[Members]:
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.fault(name, "an object")
        return Members(value, "%s: %s" % (self.where, name))

    def object(self, name: str) -> Members:
        value = self.find_object(name)
        if value is None:
            raise self.fault(name, "there")
        return value

    def objects(self, name: str) -> list[Members]:
        value = self.values.get(name)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.fault(name, "a list of objects")
        return [Members(each, "%s: %s[%d]" % (self.where, name, i)) for i, each in enumerate(value)]

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.values.get(name)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.fault(name, "a list of texts")
        return tuple(value)
