"""Generate lines of prose, code and output, with words as rare and as common as in real text.

Drawing each word of 5,000,000 bodies would take hours, so lines are made once and cut up.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from random import Random
from typing import Final, TypeVar

T = TypeVar("T")

VOCABULARY: Final = 50_000
WORDS_OF_A_WORLD: Final = 900_000
WORLDS: Final = ("ledger", "parcel")
"""A project's text knows one of these words and never the other, though each is common."""


class Lines:
    """Hold lines of one kind, to cut consecutive ones from."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._text = BREAK.join(lines) + BREAK
        self._starts = [0, *accumulate(len(line) + len(BREAK) for line in lines)]
        self._line_size = len(self._text) / len(lines)

    def cut(self, rng: Random, size: int) -> str:
        """Return whole lines of about so many letters, at least one."""
        starts = self._starts
        lines = int(size / self._line_size) + 1
        first = int(rng.random() * max(len(starts) - 1 - lines, 1))
        most = min(first + 2 * lines + 8, len(starts) - 1)
        end = bisect_left(starts, starts[first] + size, first + 1, most)
        return self._text[starts[first] : starts[end] - len(BREAK)]


class WorldTexts:
    """Hold the text of one world: a `word` of it is common, and unknown to the other world."""

    def __init__(self, vocabulary: Sequence[str], word: str, *, words: int, seed: str) -> None:
        rng = Random(seed)  # noqa: S311 - no secret
        known = [*vocabulary[:COMMON_RANK], word, *vocabulary[COMMON_RANK:]]
        weights = list(accumulate(1 / (rank + 2.7) for rank in range(len(known))))
        words_drawn = iter(rng.choices(known, cum_weights=weights, k=words))
        self.prose = Lines(list(_prose(words_drawn, rng, words // 6)))
        self.code = Lines(list(_filled(CODE, words_drawn, rng, words // 2)))
        self.output = Lines(list(_filled(OUTPUT, words_drawn, rng, words // 3 - 64)))
        self.names = [name for name in rng.choices(known[200:5_000], k=2_000) if len(name) > 3]


def worlds(seed: int, *, words: int = WORDS_OF_A_WORLD) -> list[WorldTexts]:
    """Make the text of every world."""
    known = vocabulary()
    return [WorldTexts(known, word, words=words, seed=f"{seed}/{word}") for word in WORLDS]


def vocabulary() -> list[str]:
    """Return the words there are, the most common ones first; always the same."""
    rng = Random("vocabulary")  # noqa: S311 - no secret
    words = dict.fromkeys(COMMON.split())
    while len(words) < VOCABULARY:
        syllables = 2 + (rng.random() < 0.6) + (rng.random() < 0.2)
        words["".join(rng.choice(ONSETS) + rng.choice(RHYMES) for _ in range(syllables))] = None
    return list(words)


def pick(rng: Random, values: Sequence[T]) -> T:
    """Return one of the values: `rng.choice`, in a third of its time."""
    return values[int(rng.random() * len(values))]


def _prose(words_drawn: Iterator[str], rng: Random, words: int) -> Iterator[str]:
    while words > 0:
        length = rng.randint(5, 17)
        words -= length
        sentence = " ".join(next(words_drawn) for _ in range(length))
        yield sentence[:1].upper() + sentence[1:] + rng.choice(ENDS)


def _filled(
    templates: Sequence[str], words_drawn: Iterator[str], rng: Random, words: int
) -> Iterator[str]:
    holes = {template: HOLE.findall(template) for template in templates}
    while words > 0:
        template = rng.choice(templates)
        values = [
            next(words_drawn) if hole == "%s" else rng.randint(1, 4_000) for hole in holes[template]
        ]
        words -= holes[template].count("%s")
        yield template % tuple(values)


BREAK: Final = r"\n"
HOLE: Final = re.compile("%[sd]")
COMMON_RANK: Final = 30
ENDS: Final = (".", ".", ".", ".", "?", ":", r".\n")
ONSETS: Final = (
    *("b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z"),
    *("bl", "br", "ch", "cl", "cr", "dr", "fl", "gr", "pl", "pr", "qu", "sh", "st", "th", "tr"),
)
RHYMES: Final = (
    *("a", "e", "i", "o", "u", "ai", "ea", "oo", "an", "en", "in", "on", "ar", "er", "or"),
    *("al", "el", "il", "as", "es", "is", "at", "et", "it", "ock", "ump", "est", "ing"),
)
COMMON: Final = """
the to a of and is in it for that this with not on be as are from when has was by an or if at file
test error value name function type data return line user list call code path key string class time
number run new set get add read write should only after before each all one two more than then now
which what how where does can will must may have had been would could into out up down over under
change fix check find use make keep move remove update delete create build start stop open close
request response server client session token table row column index query page button form field
option setting config module import export package version branch commit merge order item price cart
email password login account image upload download cache queue worker job task event message stream
result failed passed skipped warning info debug trace stack frame thread process memory disk network
socket port host url header body json parse encode decode format text word number date zone hour
minute second retry limit size count total empty null none true false missing wrong unknown invalid
expected actual same different old recent first last next previous parent child root leaf node tree
"""
CODE: Final = (
    "def %s(%s, %s):",
    "    return self.%s.%s(%s)",
    "    if %s.%s is None:",
    r"        raise ValueError(f\"%s %s: {%s}\")",
    "    %s = [%s.%s for %s in self._%s]",
    "    # %s %s %s %s %s %s",
    r"const %s = await %s.%s(\"/api/%s\", { %s: %d });",
    r"import { %s, %s } from \"./%s\";",
    "export function %s(%s: string, %s: number): %s {",
    "  if (%s.%s > %d) return %s;",
    "  return { ...%s, %s: %s.%s };",
    "}",
    "",
    r"    assert %s(\"%s\", %d) == %d",
    "SELECT %s, %s FROM %s WHERE %s = %d ORDER BY %s;",
    "    for %s in range(%d):",
    "        self.%s += %s.%s(%s)",
    "- %s: %s %s %s %s.",
)
OUTPUT: Final = (
    "PASS tests/%s/%s.test.ts (%d ms)",
    "tests/%s/test_%s.py::test_%s_%s PASSED [%d%%]",
    "src/%s/%s.py:%d: %s %s %s",
    "src/%s/%s.ts:%d:  const %s = %s.%s();",
    "INFO %s: %s %s %s took %d ms",
    "DEBUG %s.%s: %s %s id=%d %s",
    "WARNING %s: %s %s %s (%d of %d)",
    "-rw-r--r-- 1 dev dev %d %s-%s.json",
    "  %s %s %s %s",
    "[%d/%d] %s %s %s",
    "  at %s.%s (src/%s/%s.ts:%d:%d)",
    " M src/%s/%s.py",
    "  ok %d - %s %s %s",
    r"{\"%s\": \"%s\", \"%s\": %d, \"%s\": true}",
    "",
)
