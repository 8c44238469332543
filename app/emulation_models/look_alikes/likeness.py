"""How alike two models are, told from their words and from what is known of them.

Titles of the movement are made of few words: who does it (`tổ`, `câu lạc bộ`), how it is announced
(`xây dựng`, `vận động`) and what it is about. The last weighs; what every second title has hardly
does. Pairs of neighbouring words count beside single ones, since order tells words apart that are
written alike; numerals are words like others, but different ones tell models apart. The weights
were fitted to pairs of titles labelled by hand (`tests/look_alikes.csv`).
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple, TypeVar

HIGH = 0.6  # from here on, models of one commune or host are taken for the same
WORTH_TELLING = 0.4  # below, a model is no answer to the question which are similar
_NEARLY = 0.75  # of two texts is the same
_REPLACED = 0.4  # is lost where all of one text has something else in its place
_PLENTY = 2.5  # of shared weight lets a short title stand for a longer one that contains it

# What is written in one way in one title and in another in the next.
_OTHERWISE = {
    "antt": "an ninh trật tự", "atgt": "an toàn giao thông", "bhxh": "bảo hiểm xã hội",
    "bhyt": "bảo hiểm y tế", "bvmt": "bảo vệ môi trường", "ccb": "cựu chiến binh",
    "cchc": "cải cách hành chính", "clb": "câu lạc bộ", "cntt": "công nghệ thông tin",
    "dtts": "dân tộc thiểu số", "gtnt": "giao thông nông thôn", "htx": "hợp tác xã",
    "kdc": "khu dân cư", "lhpn": "liên hiệp phụ nữ", "mttq": "mặt trận tổ quốc",
    "ntm": "nông thôn mới", "pccc": "phòng cháy chữa cháy", "tdp": "tổ dân phố",
    "tht": "tổ hợp tác", "tnxh": "tệ nạn xã hội", "vsmt": "vệ sinh môi trường",
    "chất thải": "rác thải", "chat thai": "rac thai", "heo": "lợn",
    "nilon": "ni lông", "nylon": "ni lông",
}  # fmt: skip
_WRITTEN_OTHERWISE = re.compile(rf"\b(?:{'|'.join(_OTHERWISE)})\b")
_WORD = re.compile(r"[^\W_]+")
_LIKE_D = str.maketrans("đð", "dd")

# How much the words of such phrases weigh; any other word weighs 1.
_BARELY = """
    và với của cho các những trong tại ở về vì theo để từ đến trên được bằng là do một mỗi kết hợp
    gắn nơi qua cùng khi sau
"""
_LITTLE = """
    mô hình xây dựng vận động thực hiện phát huy duy trì nâng cao phát triển hỗ trợ giúp nhau đỡ
    tham gia phối hợp tuyên truyền chung tay dân vận khéo nhân dân người bà con công tác làm ứng
    dụng tổ đội nhóm câu lạc bộ chi hội hợp tác xã viên đoàn ấp thôn xóm khu phố xã phường thị trấn
    huyện tỉnh khóm buôn bản làng cơ sở tập thể gia đình hộ nông mới sinh hoạt ngày
"""
_PARTLY = """
    phụ nữ thanh niên cựu chiến binh cán đảng dân cư tuyến đường con đoạn kiểu mẫu văn hóa hoá minh
    môi trường bảo vệ an ninh trật tự kinh tế giảm nghèo thoát kết toàn hiệu quả sản xuất trồng nuôi
    thương phẩm chính quyền nhà tự quản đồng bào
"""


class Reason(StrEnum):
    """What speaks for two models being the same, or against it."""

    same_title = "same_title"
    same_words = "same_words"
    shared_words = "shared_words"
    same_summary = "same_summary"
    same_field = "same_field"
    same_place = "same_place"
    same_host = "same_host"
    other_field = "other_field"
    other_numerals = "other_numerals"


class Described(NamedTuple):
    """What is compared of a model."""

    names: tuple[str, ...]  # its title, and what else it is called
    summary: str | None = None
    field: str | None = None


class Likeness(NamedTuple):
    """How alike two models are, from 0 to 1, and why."""

    score: float
    reasons: tuple[Reason, ...]


def likeness(
    one: Described, other: Described, *, same_place: bool = False, same_host: bool = False
) -> Likeness:
    """Compare two models; it does not matter which is the first."""
    named = max(_common(mine, theirs) for mine in one.names for theirs in other.names)
    about = list(_reasons(named, one.names, other.names))
    score = named
    if one.summary and other.summary:
        serialized = _common(one.summary, other.summary)
        score = max(score, 0.8 * named + 0.2 * serialized)
        if serialized >= _NEARLY:
            about.append(Reason.same_summary)
    if Reason.other_numerals in about:
        score *= 0.75
    fields = {one.field, other.field} - {None}
    evidence = (
        (one.field is not None and one.field == other.field, 0.1, Reason.same_field),
        (same_place, 0.2, Reason.same_place),
        (same_host, 0.2, Reason.same_host),
        (len(fields) > 1, -0.1, Reason.other_field),
    )
    for holds, share, reason in evidence:
        if holds:  # moves what is in doubt, neither what is clear nor what is out of question
            score += share * score * (1 - score)
            about.append(reason)
    return Likeness(round(score, 3), tuple(about))


def all_words(names: Iterable[str]) -> list[str]:
    """The folded words of names."""
    return sorted({word for name in names for word in _read(name).weights})


def telling_words(names: Iterable[str]) -> list[str]:
    """The folded words that say most of what names say: those a search begins with."""
    weights: dict[str, float] = {}
    for name in names:
        weights |= _read(name).weights
    most = max(weights.values(), default=0)
    return [word for word, weight in weights.items() if weight >= min(most, 0.6)]


def _reasons(named: float, mine: Sequence[str], theirs: Sequence[str]) -> Iterable[Reason]:
    texts, others = [[_read(name) for name in names] for names in (mine, theirs)]
    if {text.folded for text in texts} & {text.folded for text in others}:
        yield Reason.same_title
    elif named >= _NEARLY:
        yield Reason.same_words
    elif any(
        text.weights[word] == 1
        for text in texts
        for other in others
        for word in text.weights.keys() & other.weights.keys()
    ):
        yield Reason.shared_words
    numerals = [{word for word in names[0].weights if word.isdigit()} for names in (texts, others)]
    if all(numerals) and numerals[0] != numerals[1]:
        yield Reason.other_numerals


class _Text(NamedTuple):
    """A text as it is compared."""

    folded: str
    weights: dict[str, float]  # of its words
    pairs: dict[tuple[str, str], float]  # of neighbouring words


@cache
def _weights() -> tuple[dict[str, float], dict[str, float]]:
    """What words weigh as they are written, and without marks, where they may be several."""
    written: dict[str, float] = {}
    for listed, weight in ((_PARTLY, 0.6), (_LITTLE, 0.3), (_BARELY, 0.1)):
        written |= dict.fromkeys(listed.split(), weight)
    return written, {fold(word): weight for word, weight in written.items()}


@lru_cache(20_000)  # syllables of Vietnamese
def fold(word: str) -> str:
    """A word without case, tones and marks, as the database folds it for search."""
    plain = unicodedata.normalize("NFD", word.lower().translate(_LIKE_D))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@lru_cache(2_000)  # each text is looked at several times
def _read(text: str) -> _Text:
    said = unicodedata.normalize("NFC", text).lower()
    said = _WRITTEN_OTHERWISE.sub(lambda found: _OTHERWISE[found.group()], said)
    as_written, unmarked = _weights()
    known = unmarked if said.isascii() else as_written
    weights: dict[str, float] = {}
    serialized: list[str] = []
    for word in _WORD.findall(said):
        folded = fold(word)
        weights[folded] = max(known.get(word, 1.0), weights.get(folded, 0.0))
        if known.get(word) != 0.1:
            serialized.append(folded)
    pairs = {pair: (weights[pair[0]] + weights[pair[1]]) / 2 for pair in pairwise(serialized)}
    return _Text(" ".join(map(fold, _WORD.findall(said))), weights, pairs)


def _common(one: str, other: str) -> float:
    """What two texts have in common, as a share of what is in them."""
    mine, theirs = _read(one), _read(other)
    if not (mine.weights and theirs.weights):
        return 0.0
    if mine.folded == theirs.folded:
        return 1.0
    singly, shared = _dice(mine.weights, theirs.weights)
    paired, _ = _dice(mine.pairs, theirs.pairs)
    if not (mine.pairs and theirs.pairs):
        paired = singly
    least = min(sum(text.weights.values()) for text in (mine, theirs))
    # A title within a longer one is the same model told in more words; where each has something
    # of its own, one thing was put in the place of another.
    contained = min(1.0, shared / least) * min(1.0, shared / _PLENTY)
    replaced = max(0.0, 1 - shared / least)
    return (0.5 * singly + 0.25 * paired + 0.25 * contained) * (1 - _REPLACED * replaced)


Key = TypeVar("Key")


def _dice(mine: dict[Key, float], theirs: dict[Key, float]) -> tuple[float, float]:
    """What is in both, by weight: against all there is (Dice's coefficient), and by itself."""
    whole = sum(mine.values()) + sum(theirs.values())
    shared = sum((mine[key] + theirs[key]) / 2 for key in mine.keys() & theirs.keys())
    return (2 * shared / whole if whole else 0.0), shared  # texts of one word have no pairs
