"""How alike two texts are, learnt from one event's own words; nothing is downloaded. Knows no organisation.

Three lexical measures, each later ranked among the event's pairs, and a latent one (LSA) for where nothing is ticked.
BM25 reads stems, meanings, wider meanings and, faintly, boilerplate; TF-IDF the same without boilerplate; the third
compares words by their pieces, which forgives spelling.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.engine.thesaurus import WIDER
from matching.engine.weights import DEFAULT, Weights
from matching.engine.wordlists import BUDGET, BUDGETED, COSTS
from matching.engine.words import (
    EVERYDAY_STEMS,
    UNCLEAR_STEMS,
    Token,
    bare_stem,
    is_welsh,
    phrase_at,
    phrases,
    signs_in,
    token_of,
    words_of,
)

Floats = NDArray[np.float64]
# The lexical measures with their weight in the mean of ranks, where BM25 counts 1.
MEASURES = {"bm25": 1.0, "words": 0.5, "pieces": 0.25}

# What a word counts as beside its own stem, chosen on real charities, museums and pairs of needs and offers, and on
# sentences written blind (`bench/words.py`).
MEANING_SHARE = 1.5  # so that "pensioners" and "older people" are alike although they share no word
WIDER_SHARE = 0.5  # "choir" is of music, and a little of the arts
UNCLEAR_SHARE = 0.5  # a word with two meanings, such as "bus", may mean the other one
WEAK_SHARE = 0.3  # boilerplate tells little, but not nothing: "volunteers", "training"
WEAK = "~"  # stands before the stem of a boilerplate word: it ranks texts, and never links two by itself
COMMON, MANY = 0.05, 50  # boilerplate in more than this share of that many texts tells nothing and costs most
SAMPLE = 5000  # texts from which the latent dimensions are learnt, evenly spaced
NOISE = 0.2  # texts of other things reach this cosine by the pieces of their words: "museum" and "music"
NEAR_SPELLING = 0.25  # pieces alone link two texts only from here: "gradening" and "gardening"


@dataclass(frozen=True, slots=True)
class Bag:
    """One text as words: `tokens` in order as typed. Everything else is counted when asked for, as many are kept."""

    tokens: tuple[tuple[str, Token], ...]

    @property
    def features(self) -> dict[str, float]:
        """Stems and meanings with what they count."""
        counts: dict[str, float] = {}
        for _, token in self.tokens:
            for name, share in features_of(token):
                counts[name] = counts.get(name, 0.0) + share
        return counts

    @property
    def words(self) -> dict[str, float]:
        """Folded words with how often they are used, boilerplate and everyday words without a meaning left out."""
        counts: dict[str, float] = {}
        for _, token in self.tokens:
            if not _tells_little(token):
                counts[token.folded] = counts.get(token.folded, 0.0) + 1.0
        return counts


@dataclass(frozen=True, slots=True)
class Encoded:
    """Texts as rows, L of them: `words`, `query`, `answer` (L, features), `pieces` (L, pieces), `latent` (L, d).

    All are non-negative but `latent`; `words` and `pieces` have rows of length 1 or 0. `said` (L,) is False where a
    text holds no word at all, or only function words.
    """

    words: sparse.csr_array
    query: sparse.csr_array
    answer: sparse.csr_array
    pieces: sparse.csr_array
    latent: Floats
    said: NDArray[np.bool_]

    def rows(self, index: NDArray[np.intp]) -> Encoded:
        """The texts at these rows, in this order."""
        return Encoded(
            self.words[index],
            self.query[index],
            self.answer[index],
            self.pieces[index],
            self.latent[index],
            self.said[index],
        )


class TextMeasure(Protocol):
    """What the rest of the engine asks of a model of texts; another one may take the place of `TextModel`.

    It must be fixed once made: the same text gives the same row, whatever else is encoded with it.
    """

    def encode(self, texts: Sequence[str], *, languages: Sequence[str] = ()) -> Encoded:
        """Rows for these texts, in their order."""
        ...

    def read(self, text: str, language: str = "en") -> Bag:
        """A text as words, for reading the vocabulary in it and for quoting."""
        ...

    @property
    def documents(self) -> int:
        """How many texts it was made from that say something."""
        ...

    def rarity(self, name: str) -> float:
        """How telling a stem or a meaning is, from 0."""
        ...

    def rarity_of(self, frequency: int) -> float:
        """How telling a word is that so many of the texts hold."""
        ...


@dataclass(frozen=True, slots=True)
class TextModel:
    """The words of one event and how rare each is. Make it with `fit`, then `encode` any texts.

    Frozen: encoding never learns. Words the event did not know are left out, pieces of them are not.
    """

    features: dict[str, int]
    feature_idf: Floats
    telling: Floats  # the same, 0 for boilerplate
    piece_index: dict[str, int]
    word_idf: dict[str, float]
    mean_length: float
    basis: Floats  # (features, d)
    documents: int  # texts that say something
    k1: float
    b: float
    readings: dict[tuple[str, str], Bag] = field(repr=False)

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        *,
        languages: Sequence[str] = (),
        weights: Weights = DEFAULT,
        latent: bool = True,
    ) -> TextModel:
        """Learn rarity of words and pieces, mean length and, with `latent`, min(128, n/4) latent dimensions.

        `languages`: what each text was declared to be in, "en" or "cy"; empty for all English. Never fails on odd
        text: empty, one word, capitals, emoji, any script, any length.
        Raises: ValueError if `languages` is given and of another length than `texts`.
        Source: BM25 k1 0.9, b 0.4 (usual for short texts); idf = ln(1 + (n - df + .5) / (df + .5)).
        """
        pairs = _with_languages(texts, languages)
        readings = {pair: read(*pair) for pair in dict.fromkeys(pairs)}
        told = [readings[pair].features for pair in pairs]
        features = _index({name for bag in told for name in bag})
        counts = _matrix(told, features)
        del told
        spread = Counter(word for pair in pairs for word in readings[pair].words)
        pieces = _index({piece for word in spread for piece in _pieces(word)})
        said = max(1, int((np.diff(counts.indptr) > 0).sum()))
        feature_idf = _idf(counts, said)
        weak = np.array([name.startswith(WEAK) for name in features], dtype=bool)
        if said >= MANY:
            feature_idf[weak & (_document_frequency(counts) > COMMON * said)] = 0.0
        dimensions = min(weights.lsa_dimensions, said // 4) if latent else 0
        return cls(
            features=features,
            feature_idf=feature_idf,
            telling=np.where(weak, 0.0, feature_idf),
            piece_index=pieces,
            word_idf={word: _rarity(spread[word], said) for word in sorted(spread)},
            mean_length=float(counts.sum()) / said or 1.0,
            basis=_latent_basis(_tf_idf(counts, feature_idf), dimensions),
            documents=said,
            k1=weights.bm25_k1,
            b=weights.bm25_b,
            readings=readings,
        )

    def encode(self, texts: Sequence[str], *, languages: Sequence[str] = ()) -> Encoded:
        """Rows for these texts, in their order.

        Raises: ValueError if `languages` is given and of another length than `texts`.
        """
        bags = [self.read(*pair) for pair in _with_languages(texts, languages)]
        counts = _matrix([bag.features for bag in bags], self.features)
        return Encoded(
            words=_tf_idf(counts, self.telling),
            query=_scaled_columns(_ones(counts), self.feature_idf),
            answer=self._saturated(counts),
            pieces=self._pieces(bags),
            latent=_unit_rows(_tf_idf(counts, self.feature_idf) @ self.basis),
            said=np.array([bool(bag.tokens) for bag in bags], dtype=bool),
        )

    def read(self, text: str, language: str = "en") -> Bag:
        """A text as words; those the model was fitted on are not read twice."""
        return self.readings.get((text, language)) or read(text, language)

    def rarity(self, name: str) -> float:
        """The idf of a stem or a meaning; 0 for one that the event did not know."""
        return float(self.feature_idf[self.features[name]]) if name in self.features else 0.0

    def rarity_of(self, frequency: int) -> float:
        """The idf of what so many of the texts hold."""
        return _rarity(min(frequency, self.documents), self.documents)

    def _pieces(self, bags: list[Bag]) -> sparse.csr_array:
        """Each text as the sum of its words' pieces, rare words counting more: words meet by their spelling."""
        used = [bag.words for bag in bags]
        words = _index({word for bag in used for word in bag})
        unseen = _rarity(0, self.documents)
        rarity = np.array([self.word_idf.get(word, unseen) for word in words])
        spelt = _matrix([dict(Counter(_pieces(word))) for word in words], self.piece_index)
        texts = _scaled_columns(_damped(_matrix(used, words)), rarity)
        product = sparse.csr_array(texts @ _unit_rows_sparse(spelt))
        product.sort_indices()
        return _unit_rows_sparse(product)

    def _saturated(self, counts: sparse.csr_array) -> sparse.csr_array:
        """BM25's term frequency: rises with each use of a word, ever more slowly, less in long texts."""
        saturated = counts.copy()
        length = counts.sum(axis=1)
        norm = self.k1 * (1 - self.b + self.b * length / self.mean_length)
        per_entry = np.repeat(norm, np.diff(counts.indptr))
        saturated.data = counts.data * (self.k1 + 1) / (counts.data + per_entry)
        return _scaled_columns(saturated, self.feature_idf > 0)


def tokens_of(text: str, language: str = "en") -> list[tuple[str, Token]]:
    """The words of a text that carry meaning, as typed, each with its token; boilerplate included and marked weak.

    A phrase of the thesaurus is one token: "care home" is neither care nor a home.
    """
    typed = words_of(text)
    welsh = is_welsh(typed, declared=language)
    known = [_known(word, welsh) for word in typed]
    stems = [stem for stem, _, _ in known]
    begins = phrases(welsh=welsh)
    read: list[tuple[str, Token]] = []
    end = 0
    for at, (stem, starts, token) in enumerate(known):
        if at < end:
            continue
        if starts and (stem, *stems[at + 1 : at + 2]) in begins and (phrase := phrase_at(stems, at, welsh=welsh)):
            end = at + phrase[0]
            read.append((" ".join(typed[at:end]), phrase[1]))
        elif token:
            read.append(token)
    return [*_without_costs(read), *signs_in(text)]


@lru_cache(maxsize=65536)
def _known(word: str, welsh: bool) -> tuple[str, bool, tuple[str, Token] | None]:
    """A typed word's bare stem, whether any phrase starts with that, and the word with its token if it has one."""
    stem, token = bare_stem(word, welsh=welsh), token_of(word, welsh=welsh)
    return stem, stem in _starts(welsh), (word, token) if token else None


@lru_cache(maxsize=2)
def _starts(welsh: bool) -> frozenset[str]:
    return frozenset(stems[0] for stems in phrases(welsh=welsh))


def _without_costs(read: list[tuple[str, Token]]) -> list[tuple[str, Token]]:
    """The same words, those that are only paid for marked weak; in a budget, boilerplate means nothing at all."""
    folded = [token.folded for _, token in read]
    for at in [at for at, word in enumerate(folded) if word in COSTS or word in BUDGET]:
        for beside in (at - 1, at + 1) if folded[at] in BUDGET else (at - 1,):
            if 0 <= beside < len(read):
                read[beside] = (read[beside][0], read[beside][1].weakened())
    if not BUDGETED.isdisjoint(folded):
        read = [(word, token.weakened() if token.weak else token) for word, token in read]
    return read


@lru_cache(maxsize=65536)
def features_of(token: Token) -> tuple[tuple[str, float], ...]:
    """What a word counts as: its stem in full, its meaning at a share, the wider meaning at a smaller one.

    An everyday word such as "university" counts for what it means; one without a meaning, "Tuesday", as boilerplate.
    """
    if _tells_little(token):
        return ((f"{WEAK}{token.stem}", WEAK_SHARE),)
    share = UNCLEAR_SHARE if token.stem in UNCLEAR_STEMS else 1.0
    features = {} if token.stem in EVERYDAY_STEMS else {token.stem: share}
    if token.concept:
        features[token.concept] = share * MEANING_SHARE
        if token.concept in WIDER:
            features[WIDER[token.concept]] = share * WIDER_SHARE
    return tuple(features.items())


def _tells_little(token: Token) -> bool:
    return token.weak or (token.stem in EVERYDAY_STEMS and not token.concept)


def read(text: str, language: str = "en") -> Bag:
    """A text in its declared language, "en" or "cy", as words; boilerplate is in `tokens` only."""
    return Bag(tuple(tokens_of(text, language)))


def _pieces(folded: str) -> list[str]:
    """Runs of 3 to 5 letters of a word with its edges marked."""
    edged = f" {folded} "
    return [edged[at : at + size] for size in (3, 4, 5) for at in range(len(edged) - size + 1)]


def _with_languages(texts: Sequence[str], languages: Sequence[str]) -> list[tuple[str, str]]:
    if languages and len(languages) != len(texts):
        raise ValueError(f"{len(texts)} texts but {len(languages)} languages.")
    return list(zip(texts, languages or ["en"] * len(texts), strict=True))


def _index(names: set[str]) -> dict[str, int]:
    return {name: at for at, name in enumerate(sorted(names))}


def _matrix(bags: list[dict[str, float]], index: dict[str, int]) -> sparse.csr_array:
    data: list[float] = []
    columns: list[int] = []
    starts = [0]
    for bag in bags:
        known = sorted((index[name], value) for name, value in bag.items() if name in index)
        columns.extend(at for at, _ in known)
        data.extend(value for _, value in known)
        starts.append(len(columns))
    arrays = (np.array(data, dtype=np.float64), np.array(columns, dtype=np.int32), np.array(starts, dtype=np.int32))
    return sparse.csr_array(arrays, shape=(len(bags), len(index)))


def _document_frequency(counts: sparse.csr_array) -> Floats:
    return np.bincount(counts.indices, minlength=counts.shape[1]).astype(np.float64)


def _idf(counts: sparse.csr_array, documents: int) -> Floats:
    frequency = _document_frequency(counts)
    idf: Floats = np.log1p((documents - frequency + 0.5) / (frequency + 0.5))
    return idf


def _rarity(frequency: int, documents: int) -> float:
    return math.log1p((documents - frequency + 0.5) / (frequency + 0.5))


def _ones(counts: sparse.csr_array) -> sparse.csr_array:
    """Each feature once, however often it is used; a meaning that stands in for a word keeps its share."""
    once = counts.copy()
    once.data = np.minimum(once.data, 1.0)
    return once


def _tf_idf(counts: sparse.csr_array, idf: Floats) -> sparse.csr_array:
    return _unit_rows_sparse(_scaled_columns(_damped(counts), idf))


def _damped(counts: sparse.csr_array) -> sparse.csr_array:
    """1 + ln of each count; shares below 1 as they are."""
    damped = counts.copy()
    damped.data = np.where(damped.data >= 1.0, 1.0 + np.log(np.maximum(damped.data, 1.0)), damped.data)
    return damped


def _scaled_columns(matrix: sparse.csr_array, scale: Floats | NDArray[np.bool_]) -> sparse.csr_array:
    scaled = matrix.copy()
    scaled.data = matrix.data * scale[matrix.indices]
    scaled.eliminate_zeros()
    return scaled


def _unit_rows_sparse(matrix: sparse.csr_array) -> sparse.csr_array:
    row_of = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    squares = np.bincount(row_of, weights=matrix.data**2, minlength=matrix.shape[0])
    length = np.sqrt(np.where(squares > 0, squares, 1.0))
    return sparse.csr_array((matrix.data / length[row_of], matrix.indices, matrix.indptr), shape=matrix.shape)


def _unit_rows(matrix: Floats) -> Floats:
    length = np.sqrt((matrix**2).sum(axis=1, keepdims=True))
    unit: Floats = np.divide(matrix, length, out=np.zeros_like(matrix), where=length > 1e-12)
    return unit


def _latent_basis(words: sparse.csr_array, dimensions: int) -> Floats:
    """Leading right singular vectors (features, d) by subspace iteration from a fixed start: no chance in it.

    Source: Halko, Martinsson, Tropp 2011, arXiv 0909.4061, with four power steps.
    """
    dimensions = min(dimensions, *words.shape)
    if dimensions < 2:
        return np.zeros((words.shape[1], 0))
    if words.shape[0] > SAMPLE:
        words = words[np.linspace(0, words.shape[0] - 1, SAMPLE).round().astype(np.intp)]
    documents = words.shape[0]
    start = np.random.default_rng(0).standard_normal((documents, min(dimensions + 8, documents)))
    block, _ = np.linalg.qr(words.T @ start)
    for _ in range(4):
        block, _ = np.linalg.qr(words.T @ (words @ block))
    _, _, turn = np.linalg.svd(words @ block, full_matrices=False)
    basis: Floats = block @ turn[:dimensions].T
    return basis
