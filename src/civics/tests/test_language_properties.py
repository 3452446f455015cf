"""What must hold for every text: grams, suggestions, saved and loaded models."""

import tempfile
from functools import lru_cache
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from civics.language import CategoryModel, KeywordTable, bigrams, query_bigrams
from civics.tests.test_language import written

chinese = st.text(alphabet="积水小区门口道路噪音井盖学校，。 \nA3b2", max_size=60)
anything = st.one_of(chinese, st.text(max_size=60))


@lru_cache
def models() -> tuple[CategoryModel, CategoryModel]:
    model = CategoryModel.fit(*written(1))
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "m")
        return model, CategoryModel.load(Path(folder) / "m")


@given(anything)
def test_grams_are_unique_never_empty_and_always_the_same(text):
    grams = bigrams(text)
    assert len(set(grams)) == len(grams) and all(grams) and bigrams(text) == grams


@given(chinese, chinese, chinese)
def test_a_text_holds_all_that_a_query_standing_apart_in_it_asks_for(before, query, after):
    assert set(query_bigrams(query)) <= set(bigrams(f"{before} {query} {after}"))


@given(st.text(alphabet="积水小区门口道路", max_size=30), st.data())
def test_any_piece_of_a_chinese_text_finds_it(text, data):
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    assert set(query_bigrams(text[start:stop])) <= set(bigrams(text))


@given(anything)
def test_probabilities_are_probabilities_best_first(text):
    for answerer in (models()[0], KeywordTable([("甲", "积水", 1), ("乙", "噪音", 2), ("丙", "3", 0.5)])):
        chances = [chance for _, chance in answerer.suggest(text, n=9)]
        assert len(chances) == 3 and abs(sum(chances) - 1) < 1e-9
        assert chances == sorted(chances, reverse=True) and all(0 <= chance <= 1 for chance in chances)


@given(anything)
def test_a_loaded_model_gives_identical_suggestions(text):
    model, loaded = models()
    assert model.suggest(text, 3) == loaded.suggest(text, 3)
