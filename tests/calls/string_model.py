"""Writes a small ONNX model that tells texts apart, byte by byte: nothing here needs `onnx`.

Inputs said, unsaid and caller, a string each; the output is two scores, of which the first is 1
where the caller said "righto", and the second is the rest.
"""

from __future__ import annotations

import struct

FLOAT, STRING = 1, 8  # elements of tensors
_AS_FLOAT, _AS_INT, _AS_FLOATS, _AS_STRINGS = 1, 2, 6, 8  # attributes


def model(text: str = "righto") -> bytes:
    """A ModelProto."""
    encoder = _node(
        "LabelEncoder",
        ["caller"],
        "known",
        [
            _message(1, b"keys_strings") + _message(9, text.encode()) + _number(20, _AS_STRINGS),
            _message(1, b"values_floats") + _float(7, 1.0) + _number(20, _AS_FLOATS),
            _message(1, b"default_float") + _float(2, 0.0) + _number(20, _AS_FLOAT),
        ],
        domain="ai.onnx.ml",
    )
    one = _node(
        "Constant",
        [],
        "one",
        [_message(1, b"value_float") + _float(2, 1.0) + _number(20, _AS_FLOAT)],
    )
    rest = _node("Sub", ["one", "known"], "rest")
    axis = _message(1, b"axis") + _number(3, 0) + _number(20, _AS_INT)
    both = _node("Concat", ["known", "rest"], "scores", [axis])
    graph = b"".join(
        [
            *(_message(1, node) for node in (encoder, one, rest, both)),
            _message(2, b"tests"),
            *(_message(11, _value(name, STRING, 1)) for name in ("said", "unsaid", "caller")),
            _message(12, _value("scores", FLOAT, 2)),
        ]
    )
    opsets = [_number(2, 17), _message(1, b"ai.onnx.ml") + _number(2, 3)]
    return _number(1, 8) + _message(7, graph) + b"".join(_message(8, each) for each in opsets)


def _node(
    operator: str,
    inputs: list[str],
    output: str,
    attributes: list[bytes] | None = None,
    *,
    domain: str = "",
) -> bytes:
    named = b"".join(_message(1, name.encode()) for name in inputs)
    parts = b"".join(_message(5, attribute) for attribute in attributes or [])
    return (
        named
        + _message(2, output.encode())
        + _message(4, operator.encode())
        + parts
        + _message(7, domain.encode())
    )


def _value(name: str, element: int, size: int) -> bytes:
    shape = _message(1, _number(1, size))
    tensor = _number(1, element) + _message(2, shape)
    return _message(1, name.encode()) + _message(2, _message(1, tensor))


def _message(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _float(field: int, value: float) -> bytes:
    return _varint(field << 3 | 5) + struct.pack("<f", value)


def _varint(value: int) -> bytes:
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])
