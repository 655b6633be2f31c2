"""G.711 mu-law, the sound of a telephone line, to and from 16-bit PCM."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_BIAS = 132
_CLIP = 32635


def decode_mulaw(data: bytes) -> npt.NDArray[np.int16]:
    """One byte a sample to int16 samples. Source: ITU-T G.711, table 2a."""
    return _DECODED[np.frombuffer(data, dtype=np.uint8)]


def encode_mulaw(samples: npt.NDArray[np.int16]) -> bytes:
    """Int16 samples to one byte a sample. Source: ITU-T G.711, table 2a."""
    wide = samples.astype(np.int32)
    sign = np.where(wide < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(wide), _CLIP) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return bytes((~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8))


def _decoded() -> npt.NDArray[np.int16]:
    codes = ~np.arange(256, dtype=np.int32) & 0xFF
    exponent = (codes >> 4) & 0x07
    magnitude = ((((codes & 0x0F) << 3) + _BIAS) << exponent) - _BIAS
    return np.where(codes & 0x80, -magnitude, magnitude).astype(np.int16)


_DECODED = _decoded()
