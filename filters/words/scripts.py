"""What a script writes in two ways, and callers say in one: data, and the rules it takes."""

from __future__ import annotations

import re

_ARABIC = {
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ٱ": "ا",
    "ى": "ي",
    "ی": "ي",
    "ئ": "ي",
    "ۓ": "ے",
    "ؤ": "و",
    "ة": "ه",
    "ۃ": "ه",
    "ہ": "ه",
    "ۂ": "ه",
    "ۀ": "ه",
    "ە": "ه",
    "ھ": "ه",
    "ک": "ك",
    "ں": "ن",
}
EQUAL_LETTERS: dict[str, str] = {
    **_ARABIC,
    "ı": "i",  # Turkish: recognisers and callers' names mix the two, and capitals hide which it was
    "\u0901": "\u0902",  # chandrabindu, anusvara
}
"""Letters that are written for one another, in Turkish, Arabic, Urdu and Hindi."""


def _marks(*ranges: tuple[int, int]) -> frozenset[str]:
    return frozenset(chr(code) for first, last in ranges for code in range(first, last + 1))


SILENT_MARKS = _marks(
    (0x0307, 0x0307),  # what is left of "İ" when it is lowered
    (0x0591, 0x05BD),  # Hebrew points
    (0x05BF, 0x05BF),
    (0x05C1, 0x05C2),
    (0x05C4, 0x05C5),
    (0x05C7, 0x05C7),
    (0x05F4, 0x05F4),  # gershayim
    (0x0610, 0x061A),  # Arabic signs, vowels and the hamza that stands on a letter
    (0x0621, 0x0621),  # hamza by itself, which is often left out
    (0x0640, 0x0640),  # tatweel
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06DC),
    (0x06DF, 0x06E8),
    (0x06EA, 0x06ED),
    (0x093C, 0x093C),  # nukta
    (0xFE00, 0xFE0F),  # variation selectors
)
"""Marks that are written or left out without a difference to the word."""

_TRADITIONAL = (
    "們這個說話聽沒問題謝對嗎還來時點幾聲應該講請給讓為開關過進遠邊頭長東車書買賣錢員"
    "電視號碼樣種條後從當會學習國語漢見親願歡樂愛氣無現發經結業務實際處麼誰裡間門閉錯"
    "誤斷換難維護認識記憶訊雙單簡複雜確臺灣兩萬億麗營訂廳飯館銀檢證據囉喲閒靜鬧噓暫緩"
    "煩續繼轉達專機構瞭嘍嚴歐喚淨淸訴幫醫藥覺總適壞樓層陽區縣鄉鎮設備夠極義況論隨錄賬"
    "戶裏妳"
)
_SIMPLE = (
    "们这个说话听没问题谢对吗还来时点几声应该讲请给让为开关过进远边头长东车书买卖钱员"
    "电视号码样种条后从当会学习国语汉见亲愿欢乐爱气无现发经结业务实际处么谁里间门闭错"
    "误断换难维护认识记忆讯双单简复杂确台湾两万亿丽营订厅饭馆银检证据啰哟闲静闹嘘暂缓"
    "烦续继转达专机构了喽严欧唤净清诉帮医药觉总适坏楼层阳区县乡镇设备够极义况论随录账"
    "户里你"
)
SIMPLIFIED: dict[str, str] = dict(zip(_TRADITIONAL, _SIMPLE, strict=True))
"""Traditional characters of what callers say over an agent, as simplified ones."""

# a nasal before a consonant of its own row is also written as a dot
_NASALS = re.compile("ङ्(?=[क-घ])|ञ्(?=[च-झ])|ण्(?=[ट-ढ])|न्(?=[त-ध])|म्(?=[प-भ])")
_DEVANAGARI = re.compile("[\u0900-\u097f]")
# the small "tsu" that cuts a word off: "あっ", "はいっ"
_CUT_OFF = re.compile(r"[っッ]+(?![\u3040-\u30ff\u3400-\u9fff])")
# where a Vietnamese tone stands: "hoà", "hòa"
_TONES = dict(zip("àáảãạèéẻẽẹỳýỷỹỵ", "aaaaaeeeeeyyyyy", strict=True))
_FIRST = {
    "o": dict(zip("àáảãạèéẻẽẹ", "òóỏõọòóỏõọ", strict=True)),
    "u": dict(zip("ỳýỷỹỵ", "ùúủũụ", strict=True)),
}
_TONE_LAST = re.compile(r"(o)([àáảãạèéẻẽẹ])\b|(u)([ỳýỷỹỵ])\b", re.IGNORECASE)


def one_spelling(text: str) -> str:
    """A text with one spelling where more than a letter decides: in Hindi, Japanese, Vietnamese."""
    if _DEVANAGARI.search(text):
        text = _NASALS.sub("\u0902", text)
    if "っ" in text or "ッ" in text:
        text = _CUT_OFF.sub("", text)
    return _TONE_LAST.sub(_tone_first, text)


def _tone_first(match: re.Match[str]) -> str:
    vowel, toned = (each.casefold() for each in match.groups() if each)
    return _FIRST[vowel][toned] + _TONES[toned]
