"""What LiveKit does without this filter, and with a plain word list, on the same cases.

The word list is the one of AssemblyAI's guide to LiveKit: fillers are dropped while the agent
speaks and for a second after, and a transcript below `min_words` empties the turn's buffers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from filters.calls import TRANSCRIPTS
from scripts.demo.guide_rules import GRACE_S, only_fillers

from .pipeline import MIN_WORDS, Pipeline
from .profiles import heard_of
from .results import Result

if TYPE_CHECKING:
    from .cases import Case
    from .profiles import Profile


def stock(case: Case, profile: Profile) -> Result:
    """Every transcript reaches LiveKit."""
    pipeline = Pipeline(case.agent_end)
    for heard in heard_of(case, profile):
        if heard.type in TRANSCRIPTS:
            pipeline.transcript(heard.t, heard)
    return _result(case, pipeline)


def word_list(case: Case, profile: Profile) -> Result:
    """Fillers don't, and short transcripts empty the buffers before they are stored."""
    pipeline = Pipeline(case.agent_end)
    spoke_at = float("-inf")
    for heard in heard_of(case, profile):
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


def _result(case: Case, pipeline: Pipeline) -> Result:
    text = " ".join(pipeline.delivered)
    return Result(case, pipeline.stopped_at, pipeline.delivered_at, text, ())


WAYS = {"stock LiveKit, min_words 2": stock, "the guide's word list": word_list}
