"""Words that may mean danger: fire, gas, self-harm, violence, harassment, a medical emergency; Turkish and English.

A hint for a person, never a decision: a case with an alarm is urgent, stands first, and an officer reads it. Patterns
are matched to folded sentences without punctuation, at the beginning of a word; so Turkish suffixes follow by
themselves. Words about something else (``ABOUT_ELSE``) are taken away first, and so is what stands between quotation
marks, unless somebody says it. No alarm is raised by what is denied, or only supposed.
"""

import re
from collections.abc import Mapping
from typing import Final

from shared.folding import fold


def _any_of(patterns: str) -> re.Pattern[str]:
    """One pattern of these, one in each line."""
    return re.compile(rf"\b(?:{'|'.join(line.strip() for line in patterns.strip().splitlines())})")


DANGERS: Final[Mapping[str, re.Pattern[str]]] = {
    "fire": _any_of(
        r"""yangin (?:var\b|(?:cik|basla|buyu)(?!m[ae]d|m[ae]m)|suruyor)
        yangin(?:i|a|da) (?:gor|ihbar|mahsur|mudahale)
        alev(?:ler|i|leri)? (?:al|cik|yuksel|gor|sar)
        duman(?:i|lar|lari)? (?:cik|gel|yuksel|kapla|dol|sar|gor)(?!m[ae]d|m[ae]m)
        (?:oda|bina|cati|kat|lab|pano|priz|depo|cop|kutuphane|yurt|orman|dolap)\w* (?:yaniyor|yandi|yanmakta|tutus)
        yanik kokusu
        (?:on|caught|catching) fire\b
        (?:there is|there s) (?:a )?fire\b
        fire (?:broke|has broken|started|in the|on the)
        smoke (?:is )?(?:coming|pouring|filling|everywhere|in the|rising)
        flames\b
        burning smell"""
    ),
    "gas": _any_of(
        r"""(?:dogal ?)?gaz(?:i)? (?:kacag|kacak|kaciriyor|kacirdi|kaciyor|sizi|kok)
        (?:lpg|tup|tupgaz) (?:kacag|kacir|siz|kok)
        karbonmonoksit
        gazdan (?:zehirlen|bayil)
        gas (?:is )?leak
        leak\w* (?:of )?gas\b
        smell\w* (?:of |like )?gas\b
        gas smell
        carbon monoxide"""
    ),
    "self_harm": _any_of(
        r"""intihar
        kendi(?:mi|ni|sini) (?:oldur|asa|asmak|yakaca|yakmak|kesi|kesme)
        kendi(?:me|ne|sine) (?:zarar ver|kiy)
        canim?(?:a|ina) kiy
        hayat(?:ima|ina) son ver
        yasama(?:k|yi|ktan)? (?:istemiyor|vazgec|bikt)
        yasamanin anlami
        olmek isti
        bileklerimi kes
        (?:kill|killing|hurt|hurting|harm|harming|hang|cut|cutting) (?:my|him|her|them)sel
        suicid
        (?:end|ending) my life
        (?:want|wish|wants) to die\b
        (?:do not|don t|does not|doesn t) want to live
        self harm"""
    ),
    "violence": _any_of(
        r"""bicak(?:la|li|lad|lan| cek| goster)
        silah(?:li|la|i)? (?:bir|biri|var|cek|goster|dogrult|kisi|saldir)
        (?:seni|sizi|onu|beni|bizi|hepinizi|hepsini|herkesi) (?:oldur|vuraca|gebert|dov|darp|tehdit)
        bomba (?:var|koy|ihbar|patla)
        dov(?:uyor|duler|du\b|mus)
        darp (?:et|edi|raporu al)
        saldir(?:di|iyor|iya ugra|dilar)
        tehdit (?:edi|et)
        siddet (?:gor|uygul|goster)
        siddete (?:ugra|maruz)
        kavga (?:ediyor|cikti|suruyor)
        olum tehdid
        (?:with|has|have|had|carrying|pulled) (?:a )?(?:knife|gun)\b
        stabb
        shooting (?:at|people)
        (?:a )?bomb (?:in|at|under|has|threat)
        (?:will|going to|gonna|want to) kill (?:you|him|her|them|us|me|everyone)
        threaten
        beat(?:en|ing)? (?:me|him|her|them) ?(?:up)?
        (?:attacked|assaulted|is attacking)
        hitting (?:me|him|her)"""
    ),
    "harassment": _any_of(
        r"""taciz
        tecavuz
        istismar (?:ed|et)
        sarkintilik
        elle(?:di|yor|mis)\b
        (?:beni|bizi) (?:israrla )?takip edi
        harass
        raped?\b
        groped?\b
        stalk(?:ed|ing|er)\b
        molest
        sexual(?:ly)? (?:abus|assault|harass)"""
    ),
    "medical": _any_of(
        r"""kalp krizi
        (?:bayildi|bayilmis|bayilan|bayildim)
        bilinc(?:i|ini)? (?:kapali|kaybet|yerinde degil)
        nefes (?:alam|almakta zorlan)
        kan(?:amasi| kaybe| icinde|iyor)
        zehirlen(?:di|dim|mis|dik|iyor)
        (?:felc|nobet|kriz) gecir
        (?:acil )?ambulans (?:cagir|lazim|gonder|gerek|gelsin|isti)
        (?:asansor|icerid|lab)\w* (?:mahsur|kilitli kal|sikis)
        mahsur kal
        elektrik carp
        (?:having|had|has) (?:a )?(?:heart attack|stroke|seizure)
        unconscious
        (?:can t|cannot|can not|not) breath
        (?:passed out|fainted|collapsed)\b
        bleeding
        (?:need|call|send) (?:an )?ambulance
        trapped in
        overdose"""
    ),
}
"""The patterns of each danger, which are codes of ``Case.alarms``."""
_WORDS_ABOUT: Final = {
    "about_tr": "(?:hakkinda|konulu|konusunda|uzerine|ile ilgili)",
    "events_tr": "onleme|farkindalik|mucadele|konferans|seminer|egitimi|panel|tezi|tez\\b|arastirma|sunum|makale|"
    "yonerge|politika|anket|kitap|kitab|belgesel|sozlesme|komisyon|atolye|odev|tatbikat",
    "events_en": "prevention|awareness|seminar|course|training|lecture|talk|policy|research|conference|thesis|book|"
    "film|panel|workshop|survey|drill|detector",
}
ABOUT_ELSE: Final = _any_of(
    r"""(?:kalp krizi|intihar|siddet|taciz|istismar|tecavuz|zehirlenme)\w* (?:{about_tr} (?:bir )?)?(?:{events_tr})\w*
    (?:suicide|suicidal|violence|harassment|fire|heart attack|bomb|gas leak) (?:{events_en})\w*
    intihar saldirisi\w* (?:konulu|hakkinda)
    (?:gaz|karbonmonoksit|duman|yangin) (?:kacag\w* )?(?:dedektor|alarm cihaz|sensor|olcum cihaz|{events_tr})\w*
    (?:siddetle|siddetli) \w+
    kan (?:bagis|ver|grub|merkez)\w*
    silahli kuvvetler\w*
    (?:tadina|yemegine|yemeklerine|sesine|manzarasina|dersine|kampuse|buraya) bayil\w*
    bayildim (?:bu|size|kampuse|derse)\w*
    saldirgan \w+
    (?:reklam|mail|mesaj|spam) bombardiman\w*
    """.format(**_WORDS_ABOUT)
)
SAID: Final = re.compile(
    r"^\W*(?:diye\b|dedi|diyor|demis|yazmis|yazdi|yazi(?:yor|p)|soyle|mesaji|said|says|wrote|told|he |she )"
)
_QUOTE: Final = re.compile(r"[\"“„«]([^\"”“»]{1,300})[\"”“»]")
_SENTENCE: Final = re.compile(r"[.!?\n;]+")
_SUPPOSED: Final = _any_of(
    r"""(?:olursa|olsaydi|cikarsa|cikmasi (?:halinde|durumunda|ihtimal)|olmasi (?:halinde|durumunda)|ihtimaline karsi)\b
    (?:durumunda|halinde|riskine karsi) (?:ne|kim|nere|nasil|kullan)
    (?:in case of|in the event of|if there (?:is|were|was)|what if)\b"""
)
_NOT_AFTER: Final = _any_of(
    r"""(?:yok|yoktu|yoktur|degil|degildi|degildir|soz konusu degil)\b
    (?:cikmadi|cikmamis|yasanmadi|olmadi|olmamis|gormedi\w*|gormedik|edilmedi|etmedi\w*|ugramadi\w*|almadi\w*)\b"""
)
_NOT_BEFORE: Final = _any_of(r"(?:no|not|never|without|nobody|isn t|wasn t|didn t|don t|hasn t)\b")
_NOT_MY_LIFE: Final = _any_of(
    r"""intihar\w* (?:(?:etmeyi )?dusunmu?uyor|etmeyecegim|etmem|degil|yok|niyetim yok)
    (?:not|never|no) (?:\w+ ){0,2}suicid"""
)
AFTER, BEFORE = 5, 3
"""Words after and before the alarming ones in which a negation may stand: a Turkish one follows, an English leads."""


def alarms(*texts: str) -> tuple[str, ...]:
    """The dangers of which these texts may tell: codes of ``DANGERS``, in their order."""
    found = {danger for text in texts for sentence in _sentences(text) for danger in _told_in(sentence)}
    return tuple(danger for danger in DANGERS if danger in found)


def _sentences(text: str) -> list[str]:
    told = _QUOTE.sub(lambda quote: quote[1] if SAID.search(fold(text[quote.end() : quote.end() + 40])) else " ", text)
    return [" ".join(re.findall(r"[^\W_]+", fold(part))) for part in _SENTENCE.split(told)]


def _told_in(sentence: str) -> list[str]:
    if _SUPPOSED.search(sentence):
        return []
    sentence = ABOUT_ELSE.sub(" ", sentence)
    return [danger for danger, words in DANGERS.items() if any(_meant(danger, hit) for hit in words.finditer(sentence))]


def _meant(danger: str, hit: re.Match[str]) -> bool:
    """Whether the words are not denied. *I do not want to live* is no denial."""
    if danger == "self_harm":
        return not _NOT_MY_LIFE.search(hit.string)
    after = " ".join(hit.string[hit.end() :].split()[:AFTER])
    before = " ".join(hit.string[: hit.start()].split()[-BEFORE:])
    return not _NOT_AFTER.search(after) and not _NOT_BEFORE.search(before)
