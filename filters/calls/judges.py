"""Judges to give to a filter as they are: by confidence, by speaker, by a text classifier."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filters.policy import Judgement

if TYPE_CHECKING:
    import os

    from filters.policy import Overlap

PlainJudge = Callable[["Overlap"], Judgement | None]
AsyncJudge = Callable[["Overlap"], Awaitable[Judgement | None]]

_CHANNELS = ("said", "unsaid", "caller")


def drop_below(confidence: float) -> PlainJudge:
    """A judge for which words that the recogniser is less sure of are no speech.

    Args:
        confidence: From 0 to 1. Words of a recogniser that tells none are left alone.
    """

    def judge(overlap: Overlap) -> Judgement | None:
        unsure = overlap.confidence is not None and overlap.confidence < confidence
        return Judgement.NO_SPEECH if unsure else None

    return judge


def only_speaker(name: str | None = None) -> PlainJudge:
    """A judge for which the words of others are no speech.

    Args:
        name: The recogniser's name for the one who counts; None: whoever spoke first in the call.
            Words of a recogniser that doesn't tell speakers apart are left alone.
    """

    def judge(overlap: Overlap) -> Judgement | None:
        other = overlap.speaker is not None and overlap.speaker != (name or overlap.first_speaker)
        return Judgement.NO_SPEECH if other else None

    return judge


def text_classifier(
    path: str | os.PathLike[str], labels: Mapping[Any, Judgement], *, at_least: float = 0.5
) -> AsyncJudge:
    """A judge that asks a model about (said, unsaid, caller), in a thread.

    Args:
        path: A `.onnx` file with three string inputs of these names, or some of them, and scores as
            its first output; or the directory of a transformers text classifier, which gets the
            three as one text with the tokenizer's separators between them. Loaded now.
        labels: What the model's labels (of an ONNX model: the indices of its scores) stand for. Of
            one that isn't here the words decide.
        at_least: The score below which the words decide.
    """
    classify = (_onnx if Path(path).suffix == ".onnx" else _transformers)(str(path))

    async def judge(overlap: Overlap) -> Judgement | None:
        texts = (overlap.said, overlap.unsaid, overlap.text)
        label, score = await asyncio.to_thread(classify, *texts)
        return labels.get(label) if score >= at_least else None

    return judge


def _onnx(path: str) -> Callable[[str, str, str], tuple[Any, float]]:
    session = importlib.import_module("onnxruntime").InferenceSession(path)
    array = importlib.import_module("numpy").array
    inputs = [given.name for given in session.get_inputs()]

    def classify(*texts: str) -> tuple[Any, float]:
        told = dict(zip(_CHANNELS, texts, strict=True))
        feed = {name: array([told[name]], dtype=object) for name in inputs}
        scores = session.run(None, feed)[0].reshape(-1).tolist()
        best = max(range(len(scores)), key=scores.__getitem__)
        return best, scores[best]

    return classify


def _transformers(path: str) -> Callable[[str, str, str], tuple[Any, float]]:
    classifier = importlib.import_module("transformers").pipeline("text-classification", model=path)
    separator = f" {classifier.tokenizer.sep_token} "

    def classify(*texts: str) -> tuple[Any, float]:
        best = classifier(separator.join(texts), truncation=True)[0]
        return best["label"], best["score"]

    return classify
