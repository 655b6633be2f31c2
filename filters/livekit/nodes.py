"""Iterates what an agent's nodes are made of, and closes it however that ends."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import TypeVar

_Item = TypeVar("_Item")


@contextlib.asynccontextmanager
async def closing(
    node: AsyncIterable[_Item],
) -> AsyncGenerator[AsyncIterator[_Item], None]:
    """Iterates a node, and closes it if it is a generator."""
    iterator = node.__aiter__()
    try:
        yield iterator
    finally:
        if isinstance(iterator, AsyncGenerator):
            await iterator.aclose()
