"""What LiveKit does without this filter, and with a plain word list, on the cases of `evaluate`.

The word list is the one of AssemblyAI's guide to LiveKit: fillers are dropped while the agent
speaks and for a second after, and a transcript below `min_words` empties the turn's buffers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from filters.calls import TRANSCRIPTS
from filters.policy import SpeechType
from scripts.demo.guide_rules import GRACE_S, only_fillers
from scripts.evaluate import MIN_WORDS, Case, Pipeline, Profile, Result, events_of

if TYPE_CHECKING:
    from filters.policy import Heard


def stock(case: Case, profile: Profile) -> Result:
    """Every transcript reaches LiveKit."""
    pipeline = Pipeline(case.agent_end)
    for heard in _heard(case, profile):
        pipeline.transcript(heard.t, heard)
    return _result(case, pipeline)


def word_list(case: Case, profile: Profile) -> Result:
    """Fillers don't, and short transcripts empty the buffers before they are stored."""
    pipeline = Pipeline(case.agent_end)
    spoke_at = float("-inf")
    for heard in _heard(case, profile, transcripts_only=False):
        if pipeline.speaks(heard.t):
            spoke_at = heard.t
        if heard.type not in TRANSCRIPTS:
            continue
        if heard.t - spoke_at <= GRACE_S and only_fillers(heard.text):
            continue
        if pipeline.speaks(heard.t) and len(heard.text.split()) < MIN_WORDS:
            pipeline.final = pipeline.interim = ""
        pipeline.transcript(heard.t, heard)
    return _result(case, pipeline)


def _heard(case: Case, profile: Profile, *, transcripts_only: bool = True) -> list[Heard]:
    wanted = TRANSCRIPTS if transcripts_only else frozenset(SpeechType)
    return [e for e in events_of(case, profile) if getattr(e, "type", None) in wanted]  # type: ignore[misc]


def _result(case: Case, pipeline: Pipeline) -> Result:
    text = " ".join(pipeline.delivered)
    return Result(case, pipeline.stopped_at, pipeline.delivered_at, text, ())


WAYS = {"stock LiveKit, min_words 2": stock, "the guide's word list": word_list}
