"""Phrases by their tokens: what a phrase is, and which go on from there. Nodes are shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .classes import Part

if TYPE_CHECKING:
    from collections.abc import Sequence

FILLER = (Part.BACKCHANNEL, Part.HESITATION)
"""What keeps the other one talking."""


class Node:
    """A place in a trie, reached by the tokens of a phrase so far."""

    __slots__ = ("asked", "asked_rivals", "leads_to_filler", "next", "part", "rivals")

    def __init__(self) -> None:
        self.next: dict[str, Node] = {}
        self.part: Part | None = None
        self.asked: Part | None = None  # the part of the phrase when a question mark ends the text
        self.leads_to_filler = False  # a longer backchannel or hesitation goes through here
        # by language, where languages contradict each other; the first one's part stands above
        self.rivals: dict[str, Part] | None = None
        self.asked_rivals: dict[str, Part] | None = None

    def copy(self) -> Node:
        """The same place, with the same places below."""
        other = Node()
        other.next = dict(self.next)
        other.part, other.asked = self.part, self.asked
        other.leads_to_filler = self.leads_to_filler
        return other

    def found(self, language: str | None, *, asked: bool) -> Part | None:
        """What the phrase that ends here is, by a language if that has one of its own."""
        if asked and self.asked is not None:
            part = _by(language, self.asked_rivals, self.asked)
        else:
            part = _by(language, self.rivals, self.part)
        return None if part is Part.HOMOGRAPH else part


def _by(language: str | None, rivals: dict[str, Part] | None, part: Part | None) -> Part | None:
    if rivals is None or language is None:
        return part
    return rivals.get(language, part)


def condense(node: Node) -> Node:
    """The same trie, in which places that are alike, with all below them, are one.

    Lists are made of patterns, so most of their phrases end alike.
    """
    return _condensed(node, {})


def _condensed(node: Node, alike: dict[tuple[object, ...], Node]) -> Node:
    for token, below in node.next.items():
        node.next[token] = _condensed(below, alike)
    steps = sorted((token, id(below)) for token, below in node.next.items())
    return alike.setdefault((node.part, node.asked, node.leads_to_filler, *steps), node)


def moved(node: Node, tokens: list[str], part: Part | None, *, asked: bool) -> Node:
    """A copy of a node in which a phrase is of another part; nodes off its path are shared."""
    changed = node.copy()
    if not tokens:
        if asked:
            changed.asked = part
        else:
            changed.part = part
        return changed
    first, rest = tokens[0], tokens[1:]
    below = moved(node.next.get(first) or Node(), rest, part, asked=asked)
    if below.next or below.part or below.asked:
        changed.next[first] = below
    else:
        changed.next.pop(first, None)
    changed.leads_to_filler = any(
        each.leads_to_filler or each.part in FILLER for each in changed.next.values()
    )
    return changed


def merge(nodes: Sequence[tuple[str, Node]]) -> Node:
    """One node of several languages; what one language alone has is shared with it."""
    if len(nodes) == 1:
        return nodes[0][1]
    merged = Node()
    merged.leads_to_filler = any(node.leads_to_filler for _, node in nodes)
    parts = {name: node.part for name, node in nodes if node.part is not None}
    asked = {name: node.asked for name, node in nodes if node.asked is not None}
    merged.part, merged.rivals = _first_of(parts)
    merged.asked, merged.asked_rivals = _first_of(asked)
    below: dict[str, list[tuple[str, Node]]] = {}
    for name, node in nodes:
        for token, step in node.next.items():
            below.setdefault(token, []).append((name, step))
    merged.next = {token: merge(steps) for token, steps in below.items()}
    return merged


def _first_of(parts: dict[str, Part]) -> tuple[Part | None, dict[str, Part] | None]:
    if not parts:
        return None, None
    first = next(iter(parts.values()))
    return first, None if all(part is first for part in parts.values()) else parts
