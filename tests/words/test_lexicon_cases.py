"""The shipped words of English and Spanish, pinned by what callers say: a few for each family."""

from __future__ import annotations

import pytest

from filters.configuration import FilterConfig, load_config
from filters.words import Kind, Lexicon, load_word_lists

ENGLISH = load_config().lexicon
SPANISH = Lexicon({"es": load_word_lists("es").compiled()})

FILLERS = (Kind.BACKCHANNEL, Kind.HESITATION)

ENGLISH_BACKCHANNELS = {
    "continuers": [
        "Mhm.",
        "Mm-hmm, mm-hmm.",
        "Uh huh.",
        "Um-hum",
        "M-hm.",
        "Hmm.",
        "Mmm.",
        "Go on.",
    ],
    "assent": [
        "Yeah.",
        "Yes, okay.",
        "Yep yep.",
        "OK",
        "'Kay.",
        "Sure thing.",
        "You bet.",
        "Yeah?",
    ],
    "understanding": ["Right.", "All right then.", "I see, I see.", "Got it.", "Oh, I gotcha."],
    "agreement": [
        "Exactly.",
        "That's right.",
        "Well, that's very true.",
        "Yeah, I totally agree with you.",
        "Makes perfect sense.",
        "No doubt.",
        "I bet.",
    ],
    "acceptance": ["No problem.", "No worries, take your time.", "Sounds good.", "I'll hold."],
    "assessments": [
        "Oh, that's great.",
        "How interesting!",
        "Very nice, very nice.",
        "That was really funny.",
        "That's a good point.",
        "Good idea, yeah.",
        "Oh, that's awful.",
        "Good to know.",
        "What a shame.",
        "Good enough.",
    ],
    "surprise": [
        "Oh, wow.",
        "Really?",
        "Oh my goodness!",
        "You're kidding me.",
        "Is that right?",
        "Oh no.",
        "Ha ha ha.",
        "Uh-oh.",
    ],
    "presence of mind": [
        "I'm listening.",
        "Yeah, I'm with you.",
        "I hear you.",
        "Still here.",
    ],
    "courtesies": [
        "Thank you.",
        "Okay, thanks a lot.",
        "Thank you so much.",
        "Thanks for your help.",
        "Oh, please do.",
        "That's very kind of you.",
        "I appreciate it.",
    ],
    "trailing off": ["So...", "Yeah, so", "Well, yeah."],
    "british": ["Aye.", "Och aye.", "Righto.", "Okey-dokey.", "Spot on.", "No bother.", "Blimey!"],
    "indian": ["Haan, haan.", "Achha.", "Theek hai."],
    "drawn out": ["Yeaaaah.", "Okaaay.", "Riiiight.", "Ohhhh, I seee.", "Mmmmmmm."],
    "disfluent": ["Um, yeah.", "That's, that's right.", "Uh, okay, er, fine.", "I I see."],
}

ENGLISH_OTHERS = [
    # commands, at once, wherever they stand
    ("Stop.", Kind.COMMAND),
    ("Okay, stop talking please.", Kind.COMMAND),
    ("Wait a second.", Kind.COMMAND),
    ("Hold on.", Kind.COMMAND),
    ("Excuse me, which floor was that?", Kind.COMMAND),
    ("Just a minute.", Kind.COMMAND),
    ("Can I ask something?", Kind.COMMAND),
    ("Never mind.", Kind.COMMAND),
    # words that object, or ask back, when they stand alone
    ("No.", Kind.STANDALONE),
    ("Um, no.", Kind.STANDALONE),
    ("No, no, no.", Kind.STANDALONE),
    ("But...", Kind.STANDALONE),
    ("Sorry?", Kind.STANDALONE),
    ("Hello?", Kind.PRESENCE),
    ("Huh?", Kind.STANDALONE),
    # is anybody there
    ("Hello? Hello?", Kind.PRESENCE),
    ("Um, are you there?", Kind.PRESENCE),
    ("Are you still there?", Kind.PRESENCE),
    ("Okay... can you hear me?", Kind.PRESENCE),
    ("Hello, is anyone there?", Kind.PRESENCE),
    ("Hello? I would like a room.", Kind.CONTENT),
    ("Hello? Stop.", Kind.COMMAND),
    ("Hello? No.", Kind.STANDALONE),
    ("Right?", Kind.STANDALONE),
    ("Pardon?", Kind.STANDALONE),
    ("What?", Kind.STANDALONE),
    ("Operator.", Kind.STANDALONE),
    # and when they do not
    ("No idea.", Kind.CONTENT),
    ("But the price is wrong", Kind.CONTENT),
    ("What about breakfast?", Kind.CONTENT),
    ("I need an operator's manual.", Kind.CONTENT),
    # content that begins, or goes on, like a filler
    ("Yeah, the suite.", Kind.CONTENT),
    ("I see a problem.", Kind.CONTENT),
    ("That's not what I ordered.", Kind.CONTENT),
    ("Okay, book it.", Kind.CONTENT),
    ("So what does it cost?", Kind.CONTENT),
    ("Good evening.", Kind.CONTENT),
    ("Thursday.", Kind.CONTENT),
    ("Well.", Kind.CONTENT),
    ("Maybe.", Kind.CONTENT),
    ("I don't know.", Kind.CONTENT),
    ("That's not good.", Kind.CONTENT),
    ("Tell me about it.", Kind.CONTENT),
    ("I can't wait for a refund.", Kind.CONTENT),
    # no words
    ("[BLANK_AUDIO]", Kind.NOTHING),
    ("(laughs) [Music]", Kind.NOTHING),
    ("Um... uh...", Kind.HESITATION),
]

SPANISH_BACKCHANNELS = {
    "continuers": ["Ajá.", "Mhm.", "Ujum", "Siga, siga.", "Dígame."],
    "assent": [
        "Sí.",
        "Sí, sí, claro.",
        "Claro que sí.",
        "Vale.",
        "Bueno.",
        "Está bien.",
        "¡Cómo no!",
    ],
    "understanding": ["Entiendo.", "Ya entiendo.", "Ya veo.", "Comprendido.", "Ya, ya."],
    "agreement": [
        "Exacto.",
        "Así es.",
        "Eso es.",
        "Tiene toda la razón.",
        "Es verdad.",
        "De acuerdo.",
    ],
    "acceptance": ["No hay problema.", "No se preocupe.", "Tómese su tiempo.", "Me parece bien."],
    "assessments": [
        "¡Qué bien!",
        "Muy interesante.",
        "Qué buena idea.",
        "Qué lástima.",
        "No está mal.",
    ],
    "surprise": ["¿De verdad?", "¿En serio?", "¡No me digas!", "Ah, vaya.", "¡Dios mío!"],
    "courtesies": ["Gracias.", "Muchas gracias, muy amable.", "Se lo agradezco.", "De nada."],
    "trailing off": ["Pues...", "Pues sí.", "O sea"],
    "latin american": ["Órale.", "Ándale pues.", "Sale.", "Dale.", "¡Qué padre!", "Listo."],
    "spanish": ["Venga, vale.", "¡Qué guay!", "Mola."],
    "drawn out": ["Síííí.", "Claaaaro.", "Eeeh, sí."],
}

SPANISH_OTHERS = [
    ("¡Para!", Kind.STANDALONE),
    ("Espera.", Kind.COMMAND),
    ("Espéreme tantito.", Kind.COMMAND),
    ("Un momento, por favor.", Kind.COMMAND),
    ("Oiga, ¿y el desayuno?", Kind.CONTENT),
    ("Ya basta.", Kind.COMMAND),
    ("No.", Kind.STANDALONE),
    ("Pero...", Kind.STANDALONE),
    ("¿Perdón?", Kind.STANDALONE),
    ("¿Cómo?", Kind.STANDALONE),
    ("¿Mande?", Kind.STANDALONE),
    ("¿Bueno?", Kind.PRESENCE),
    ("¿Hola? ¿Sigue ahí?", Kind.PRESENCE),
    ("¿Me oye?", Kind.PRESENCE),
    ("Hola, quiero una habitación.", Kind.CONTENT),
    ("No quiero el desayuno.", Kind.CONTENT),
    ("Este hotel.", Kind.CONTENT),
    ("Sí, la suite.", Kind.CONTENT),
    ("Pero el precio está mal.", Kind.CONTENT),
    ("Eh...", Kind.HESITATION),
    ("[risas]", Kind.NOTHING),
]


def said(families: dict[str, list[str]]) -> list[str]:
    """Every sentence of the families."""
    return [text for texts in families.values() for text in texts]


@pytest.mark.parametrize("text", said(ENGLISH_BACKCHANNELS))
def test_english_backchannels(text: str) -> None:
    """What keeps the other one talking is a filler, at the end of an utterance and before it."""
    assert ENGLISH.classify(text).kind is Kind.BACKCHANNEL
    assert ENGLISH.classify(text, final=False).kind is Kind.BACKCHANNEL


@pytest.mark.parametrize(("text", "kind"), ENGLISH_OTHERS)
def test_english_that_is_no_backchannel(text: str, kind: Kind) -> None:
    """Commands, repair and content are told apart, and from fillers."""
    assert ENGLISH.classify(text).kind is kind


@pytest.mark.parametrize("text", said(ENGLISH_BACKCHANNELS))
def test_no_english_backchannel_is_taken_for_content_word_by_word(text: str) -> None:
    """While its words arrive one by one, none of the interims would stop the agent."""
    words = text.split()
    for count in range(1, len(words) + 1):
        verdict = ENGLISH.classify(" ".join(words[:count]), final=False)
        stops = verdict.kind is Kind.CONTENT and verdict.words >= 2
        assert not stops
        assert verdict.kind is not Kind.COMMAND


@pytest.mark.parametrize("text", said(SPANISH_BACKCHANNELS))
def test_spanish_backchannels(text: str) -> None:
    """The same in Spanish, with or without the marks a recogniser may leave out."""
    bare = text.translate({ord(mark): "" for mark in "¡!,."}).lower()
    assert SPANISH.classify(text).kind is Kind.BACKCHANNEL
    assert SPANISH.classify(bare).kind is Kind.BACKCHANNEL


@pytest.mark.parametrize(("text", "kind"), SPANISH_OTHERS)
def test_spanish_that_is_no_backchannel(text: str, kind: Kind) -> None:
    """Commands, repair and content are told apart, and from fillers."""
    assert SPANISH.classify(text).kind is kind


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_filler_is_a_command(language: str) -> None:
    """A phrase that keeps the agent talking holds no phrase that stops it, however it is cut."""
    words = load_word_lists(language)
    lexicon = Lexicon({language: words.compiled()})
    for name in ("backchannels", "hesitations"):
        for phrase in words.lists[name].values():
            assert lexicon.classify(phrase.text).kind in FILLERS, phrase.text


def test_a_domain_that_extends_both_languages() -> None:
    """Each language keeps its own words; what the domain adds holds in both."""
    config = FilterConfig.from_mapping(
        {
            "domain": "front_desk",
            "extends": ["en", "es"],
            "backchannels": {"add": ["wunderbar"], "remove": ["okay"]},
            "commands": {"add": ["front desk"]},
        }
    )
    lexicon = config.lexicon

    def kind(text: str, language: str) -> Kind:
        return lexicon.classify(text, language).kind

    assert lexicon.languages == ("en", "es")
    assert kind("Mm-hmm, wunderbar.", "en-US") is Kind.BACKCHANNEL
    assert kind("Ajá, wunderbar.", "es-MX") is Kind.BACKCHANNEL
    assert kind("Front desk!", "en") is Kind.COMMAND
    assert kind("Front desk!", "es") is Kind.COMMAND
    assert kind("Okay.", "en") is Kind.CONTENT
    for language in ("en", "es", "fr"):
        assert kind("Espere.", language) is Kind.COMMAND
        assert kind("Claro.", language) is Kind.BACKCHANNEL
