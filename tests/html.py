"""A page as a strict reader sees it."""

from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from django.test import Client
from django.utils import translation

TYPED = ("input", "textarea", "select")


class Visitor(Client):
    """A test client whose Welsh pages leave no Welsh behind for the next test."""

    def request(self, **request: Any) -> Any:
        with translation.override("en"):
            return super().request(**request)


@dataclass
class Page:
    """What html5lib makes of a response: its mistakes, and its elements without namespaces."""

    root: Element
    errors: list[str] = field(default_factory=list)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        names = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [e for e in self.root.iter(tag) if all(e.get(name) == value for name, value in names.items())]

    def words(self, tag: str, **attributes: str) -> list[str]:
        """The text of each such element, with single spaces."""
        return [words_of(element) for element in self.all(tag, **attributes)]

    @property
    def text(self) -> str:
        return words_of(self.root.find("body"))

    @property
    def lang(self) -> str:
        return self.root.get("lang") or ""

    def rows(self) -> list[list[str]]:
        """The cells of every row of every table."""
        return [[words_of(cell) for cell in row.iter("td")] for row in self.root.iter("tr")]

    def links(self) -> list[str]:
        return [element.get("href") or "" for element in self.all("a") if element.get("href")]

    def fields(self) -> list[Element]:
        return [element for tag in TYPED for element in self.all(tag)]

    def typed(self) -> dict[str, list[str]]:
        """What the page's forms hold now: name → values of boxes, ticked ticks and chosen choices."""
        found: dict[str, list[str]] = {}
        for element in self.fields():
            values = found.setdefault(element.get("name") or "", [])
            if element.tag == "textarea":
                values.append((element.text or "").removeprefix("\n"))
            elif element.tag == "select":
                values += [option.get("value", "") for option in element.iter("option") if "selected" in option.attrib]
            elif element.get("type") in ("radio", "checkbox"):
                values += [element.get("value", "on")] if "checked" in element.attrib else []
            else:
                values.append(element.get("value", ""))
        return found

    def errors_shown(self) -> list[str]:
        """The problems the error summary names, without the questions they belong to."""
        summary = next((e for e in self.root.iter("div") if e.get("class") == "error-summary"), None)
        lines = [] if summary is None else summary.iter("li")
        return [words_of(line.find("span") if line.find("span") is not None else line) for line in lines]


def words_of(element: Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def read(response: Any) -> Page:
    """Parse a response of the test client; anything html5lib calls a mistake is in `errors`."""
    return parse(response.content.decode())


def parse(text: str) -> Page:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(text)
    errors = [f"line {position[0]}: {code} {details}" for position, code, details in parser.errors]
    return Page(root=root, errors=errors)
