"""The category model on real citizens' messages: one seed here, three in bench/understanding.py."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from time import perf_counter

import pytest

from civics.language import CategoryModel

pytestmark = pytest.mark.real


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with gzip.open(folder / "text" / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def macro_f1(truth: list[str], said: list[str]) -> float:
    """Mean over the labels of 2·hits / (times said + times true)."""
    labels = sorted(set(truth))
    hits = {label: sum(t == s == label for t, s in zip(truth, said, strict=True)) for label in labels}
    return sum(2 * hits[label] / (truth.count(label) + said.count(label)) for label in labels) / len(labels)


@pytest.fixture(scope="module")
def trial(real_data):
    """A model of four fifths, the kept-out rows, and the raw text of those rows that have one."""
    from sklearn.model_selection import train_test_split

    rows = read(real_data, "tipdm8c_labelled_tokens_dev")
    learn, keep = train_test_split(
        rows, test_size=0.2, stratify=[row["label"] for row in rows], random_state=0
    )
    model = CategoryModel.fit([row["tokens"] for row in learn], [row["label"] for row in learn])
    raw = {row["token_row"]: row["text"] for row in read(real_data, "tipdm8c_labelled_raw_dev")}
    return model, keep, [(raw[row["token_row"]], row["label"]) for row in keep if row["token_row"] in raw]


def test_on_kept_out_messages_it_finds_the_label(trial):
    model, keep, _ = trial
    answers = [model.suggest(row["tokens"]) for row in keep]
    truth = [row["label"] for row in keep]
    assert macro_f1(truth, [first for (first, _), _ in answers]) >= 0.915
    both = [truth[i] in (one, two) for i, ((one, _), (two, _)) in enumerate(answers)]
    assert sum(both) / len(both) >= 0.98


def test_learned_from_segmented_text_it_reads_raw_text_as_well(trial):
    model, _, raw = trial
    answers = [model.suggest(text) for text, _ in raw]
    assert macro_f1([label for _, label in raw], [first for (first, _), _ in answers]) >= 0.9
    assert (
        sum(label in dict(answer) for (_, label), answer in zip(raw, answers, strict=True)) / len(raw) >= 0.98
    )


def test_its_probabilities_say_how_often_it_is_right(trial):
    model, keep, _ = trial
    told = [(*model.suggest(row["tokens"])[0], row["label"]) for row in keep]
    for low, high in ((0.0, 0.7), (0.7, 0.9), (0.9, 1.01)):
        band = [(chance, label == truth) for label, chance, truth in told if low <= chance < high]
        expected = sum(chance for chance, _ in band) / len(band)
        assert abs(expected - sum(right for _, right in band) / len(band)) < 0.12


def test_a_suggestion_takes_far_less_than_ten_milliseconds(trial):
    model, _, raw = trial
    start = perf_counter()
    for text, _ in raw:
        model.suggest(text)
    assert (perf_counter() - start) / len(raw) < 0.010
