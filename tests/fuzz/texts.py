"""Mutations of schema files as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .corpus import SCHEMAS, TYPES, VALUES, YAML_WORDS, words

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

LONGEST_SPAN = 80
MOST_REPEATS = 4_000

type_like = re.compile(r"(?<=: )\S[^\n,{}\[\]]*")
number = re.compile(r"\d+")
word = re.compile(r"\w+")


def mutated_text(text: str, random: Random) -> str:
    """Return a text after one to four mutations."""
    for _ in range(random.choice((1, 1, 2, 2, 3, 4))):
        text = random.choice(MUTATIONS)(text, random)
    return text


def span(text: str, random: Random) -> tuple[int, int]:
    """Choose a short part of a text."""
    start = random.randint(0, len(text))
    return start, min(len(text), start + random.randint(0, LONGEST_SPAN))


def delete(text: str, random: Random) -> str:
    start, end = span(text, random)
    return text[:start] + text[end:]


def insert(text: str, random: Random) -> str:
    start, _ = span(text, random)
    return text[:start] + random.choice(words()) + text[start:]


def move(text: str, random: Random) -> str:
    start, end = span(text, random)
    target, _ = span(text, random)
    return text[:target] + text[start:end] + text[target:]


def cut(text: str, random: Random) -> str:
    start, _ = span(text, random)
    return text[:start]


def change_character(text: str, random: Random) -> str:
    start, _ = span(text, random)
    return text[:start] + random.choice((*YAML_WORDS, "\x1b", "a")) + text[start + 1 :]


def repeat(text: str, random: Random) -> str:
    start, end = span(text, random)
    times = random.choice((*(1, 2, 3) * 4, 40, MOST_REPEATS))
    return text[:end] + text[start:end] * times + text[end:]


def replace(text: str, random: Random, *, found: re.Pattern[str], by: str) -> str:
    places = list(found.finditer(text))
    if not places:
        return text
    place = random.choice(places)
    return text[: place.start()] + by + text[place.end() :]


def replace_word(text: str, random: Random) -> str:
    return replace(text, random, found=word, by=random.choice(words()))


def replace_number(text: str, random: Random) -> str:
    return replace(text, random, found=number, by=random.choice(VALUES))


def replace_type(text: str, random: Random) -> str:
    by = random.choice((*TYPES, *SCHEMAS, *VALUES))
    return replace(text, random, found=type_like, by=by)


def move_line(text: str, random: Random) -> str:
    lines = text.split("\n")
    line = lines.pop(random.randrange(len(lines)))
    lines.insert(random.randint(0, len(lines)), line)
    return "\n".join(lines)


def repeat_line(text: str, random: Random) -> str:
    lines = text.split("\n")
    start = random.randrange(len(lines))
    lines[start:start] = [lines[start]] * random.choice((*(1, 2) * 5, 500))
    return "\n".join(lines)


def indent(text: str, random: Random) -> str:
    lines = text.split("\n")
    start = random.randrange(len(lines))
    blanks = random.choice((" ", "  ", "\t", " " * 40))
    for index in range(start, min(len(lines), start + random.randint(1, 5))):
        lines[index] = blanks + lines[index]
    return "\n".join(lines)


def change_line_ends(text: str, random: Random) -> str:
    return text.replace("\n", random.choice(("\r\n", "\r", "\x85", "\n\n", "\u2028")))


MUTATIONS: tuple[Callable[[str, Random], str], ...] = (
    *(delete, insert, insert, move, cut, change_character, repeat),
    *(replace_word, replace_word, replace_number, replace_type, replace_type),
    *(move_line, repeat_line, indent, change_line_ends),
)
