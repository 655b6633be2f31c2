"""Carries out what was ruled: words pass, wait, are released or taken back. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .events import Action, Decision, Reason, SpeechType
from .replies import Reply
from .ruling import FILLER
from .waiting import Kept, Waits

if TYPE_CHECKING:
    from filters.words import Verdict

    from .call import Call
    from .events import Heard
    from .said import Said
    from .utterances import Utterance


_WAITS = {
    Reason.PRESENCE_CHECK: Waits.ANSWERED,
    Reason.MAY_BE_OWN_WORDS: Waits.NOTE,
}


def let_through(
    call: Call,
    heard: Heard,
    utterance: Utterance,
    reason: Reason,
    said: Said,
    *,
    stop: bool,
    for_good: bool,
) -> list[Decision]:
    """The event passes, and what was held before it goes first."""
    final = heard.type is SpeechType.FINAL
    joined = join(call, utterance, for_good=final or (stop and for_good))
    turn = call.floor.turn
    utterance.passed = True
    if stop or (utterance.overlaps and utterance.took is None):
        utterance.took = turn
    utterance.for_good |= final or (stop and for_good)
    answered = turn or call.floor.last_turn
    if answered is not None and (stop or (final and heard.text.strip())):
        answered.replied = True
    action = Action.INTERRUPT if stop else Action.PASS
    passed = Decision(call.now, action, reason, heard, not for_good, said.adds)
    return [*joined, passed]


def join(call: Call, utterance: Utterance, *, for_good: bool) -> list[Decision]:
    """What goes ahead of words that take the floor: all content, and what replies with it."""
    if call.floor.held:
        end, yield_s = call.now, call.settings.yield_s
    else:
        settle_replies(call)
        end, yield_s = float("inf"), 0.0
    with_replies = for_good or bool(call.waiting.content)

    def goes(kept: Kept) -> bool:
        if kept.waits is not Waits.TURN_END:
            return True
        own = kept.utterance is utterance
        late = yield_s > 0 and kept.began_at >= end - yield_s and not kept.hesitation
        return with_replies and (own or late)

    return [
        kept.becomes(call.now, Action.RELEASE, Reason.JOINED) for kept in call.waiting.take(goes)
    ]


def release(call: Call, reason: Reason) -> list[Decision]:
    """All content goes, in the order it was said: it is the reply to the turn that ended."""
    released = call.waiting.take(lambda kept: kept.waits is not Waits.TURN_END)
    if released and call.floor.last_turn is not None:
        call.floor.last_turn.replied = True
    return [kept.becomes(call.now, Action.RELEASE, reason) for kept in released]


def hold(
    call: Call, heard: Heard, utterance: Utterance, reason: Reason, verdict: Verdict, said: Said
) -> list[Decision]:
    """It waits: for the floor, or to be answered by the agent that is about to speak."""
    displaced: list[Decision] = []
    if heard.type is SpeechType.FINAL:
        filler = verdict.kind in FILLER
        waits = _WAITS.get(reason, Waits.FLOOR)
        words = 0
        if waits is Waits.FLOOR and not filler:
            words = max(0, verdict.words - call.waiting.words_of(utterance))
        kept = Kept(heard, utterance, waits, words, said.adds, reply=filler)
        displaced = call.waiting.keep(kept, call.now)
    return [*displaced, Decision(call.now, Action.HOLD, reason, heard, adds=said.adds)]


def keep_reply(
    call: Call, heard: Heard, utterance: Utterance, said: Said, *, hesitation: bool
) -> list[Decision]:
    """It waits for the end of the turn; after one, for the caller to say nothing more."""
    call.waiting.turn_to_replies(utterance)
    kept = Kept(heard, utterance, Waits.TURN_END, 0, said.adds, hesitation)
    displaced = call.waiting.keep(kept, call.now)
    reason = Reason.POSSIBLE_ANSWER
    turn = call.floor.last_turn
    quiet_at = float("inf") if turn is None else turn.end + call.settings.release_quiet_s
    if not call.floor.held and call.now >= quiet_at:
        settle_replies(call)
        reason = Reason.EARLY_ANSWER
    return [*displaced, Decision(call.now, Action.HOLD, reason, heard, adds=said.adds)]


def retract(
    call: Call, heard: Heard, utterance: Utterance, said: Said, *, hesitation: bool
) -> list[Decision]:
    """What has passed of a backchannel is taken back, so that the agent goes on."""
    utterance.passed = False
    if utterance.took is not None:
        utterance.took.replied = False
    kept = keep_reply(call, heard, utterance, said, hesitation=hesitation)[:-1]
    return [*kept, Decision(call.now, Action.RETRACT, Reason.REVISED, heard)]


def settle_replies(call: Call) -> None:
    """Tells what waited for the turn's end what it is now that the turn has ended."""
    turn = call.floor.last_turn

    def judge(kept: Kept) -> Waits | None:
        reply = call.reply(kept.began_at, turn)
        if reply is Reply.EARLY and turn is not None and turn.replied:
            return None  # one reply is enough
        if reply is Reply.NONE:
            return None
        return Waits.FLOOR if reply is Reply.PROMPT else Waits.SILENCE

    call.waiting.settle(judge)


def note_answered(call: Call) -> list[Decision]:
    """A presence check that the agent has answered by being heard wants no reply any more."""
    turn = call.floor.last_turn

    def answered(kept: Kept) -> bool:
        heard = turn is not None and turn.audible.until(turn.end) > turn.audible.until(kept.heard.t)
        return kept.waits is Waits.NOTE or (kept.waits is Waits.ANSWERED and heard)

    return [
        kept.becomes(
            call.now,
            Action.NOTE,
            Reason.MAY_BE_OWN_WORDS if kept.waits is Waits.NOTE else Reason.PRESENCE_CHECK,
        )
        for kept in call.waiting.take(answered)
    ]
