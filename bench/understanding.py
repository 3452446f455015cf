"""How well and how fast reports are understood: categories and issues, on the real messages when they are there.

    .venv/bin/python bench/understanding.py

Prints one table. The targets are those of the project; the figures beside them are published or were measured with
scikit-learn on the same rows (character 1–3 grams, TF-IDF, LinearSVC: macro-F1 .91–.92, 7 ms; jieba words, TF-IDF,
average linkage: best-cluster F1 .812, nearest neighbour .946).
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import resource
import sys
import tempfile
from pathlib import Path
from statistics import mean, median
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from civics.language import CategoryModel, bigrams  # noqa: E402
from civics.nearness import NearnessIndex, compare, group, rarity_from  # noqa: E402

FOLDER = Path(os.environ.get("GONGZHI_REAL_DATA") or ROOT.parent / "shared" / "data") / "text"
SEEDS = (0, 1, 2)
Row = tuple[str, str, str]


def read(name: str) -> list[dict[str, str]]:
    """The rows of one gzip CSV."""
    with gzip.open(FOLDER / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def macro_f1(truth: list[str], said: list[str]) -> float:
    """Mean F1 over the labels."""
    from sklearn.metrics import f1_score

    return float(f1_score(truth, said, average="macro"))


def scored(model: CategoryModel, texts: list[str], truth: list[str]) -> tuple[float, float, float]:
    """Macro-F1, share with the right label among two, median milliseconds for one."""
    answers, times = [], []
    for text in texts:
        start = perf_counter()
        answers.append(model.suggest(text))
        times.append((perf_counter() - start) * 1000)
    both = mean(label in dict(answer) for answer, label in zip(answers, truth, strict=True))
    return macro_f1(truth, [answer[0][0] for answer in answers]), both, median(times)


def categories() -> list[Row]:
    """Stratified fifths kept out, three seeds: segmented, segmented asked raw, raw."""
    from sklearn.model_selection import train_test_split

    rows = read("tipdm8c_labelled_tokens_dev")
    raw = read("tipdm8c_labelled_raw_dev")
    by_row = {row["token_row"]: row["text"] for row in raw}
    cut, asked, typed, fits = [], [], [], []
    for seed in SEEDS:
        learn, keep = train_test_split(
            rows, test_size=0.2, stratify=[row["label"] for row in rows], random_state=seed
        )
        start = perf_counter()
        model = CategoryModel.fit([row["tokens"] for row in learn], [row["label"] for row in learn])
        fits.append(perf_counter() - start)
        cut.append(scored(model, [row["tokens"] for row in keep], [row["label"] for row in keep]))
        held = [row for row in keep if row["token_row"] in by_row]
        asked.append(scored(model, [by_row[r["token_row"]] for r in held], [r["label"] for r in held]))
        learn, keep = train_test_split(
            raw, test_size=0.2, stratify=[row["label"] for row in raw], random_state=seed
        )
        small = CategoryModel.fit([row["text"] for row in learn], [row["label"] for row in learn])
        typed.append(scored(small, [row["text"] for row in keep], [row["label"] for row in keep]))
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model")
        size = (Path(folder) / "model").stat().st_size / 1e6
        start = perf_counter()
        CategoryModel.load(Path(folder) / "model")
        load = (perf_counter() - start) * 1000

    def averaged(runs: list[tuple[float, float, float]], place: int) -> str:
        values = [run[place] for run in runs]
        return f"{mean(values):.4f}  ({' '.join(f'{value:.3f}' for value in values)})"

    return [
        ("macro-F1, kept-out fifth", averaged(cut, 0), "≥ .92"),
        ("  right label among two", averaged(cut, 1), "≥ .98"),
        ("  learned segmented, asked raw: F1", averaged(asked, 0), "–"),
        ("  learned segmented, asked raw: among two", averaged(asked, 1), "–"),
        ("  learned raw (2,212 texts), asked raw: F1", averaged(typed, 0), "–"),
        ("one suggestion, ms (median)", f"{mean(run[2] for run in asked):.3f}", "≤ 10, aim ≤ 1"),
        ("fit on 6,632 texts, s", f"{mean(fits):.1f}", "< 60"),
        ("model file, MB · load, ms", f"{size:.1f} · {load:.0f}", "–"),
    ]


def issues() -> list[Row]:
    """Groups and nearest neighbours against the issues found by eye."""
    rows = read("tipdm8c_messages_4326")
    texts = [f"{row['title']}\n{row['body']}" for row in rows]
    authors = [row["user"] for row in rows]
    place = {int(row["msg_id"]): index for index, row in enumerate(rows)}
    told: dict[str, Any] = json.loads((FOLDER / "tipdm8c_hot_issue_truth_dev.json").read_text("utf-8"))
    truth = [{place[number] for number in numbers} for numbers in told.values()]
    start = perf_counter()
    groups = [set(members) for members in group(texts, authors=authors)]
    took = perf_counter() - start
    best = [max(2 * len(i & m) / (len(i) + len(m)) for m in groups) for i in truth]
    index = NearnessIndex()
    start = perf_counter()
    for key, text in enumerate(texts):
        index.add(key, text)
    adding = (perf_counter() - start) * 1000 / len(texts)
    anyone, others, times = [], [], []
    for issue in truth:
        for one in issue:
            start = perf_counter()
            found = [key for key, *_ in index.nearest(texts[one], 12) if key != one]
            times.append((perf_counter() - start) * 1000)
            anyone.append(found[0] in issue)
            others.append(next(key for key in found if authors[key] != authors[one]) in issue)
    rarity = rarity_from(texts)
    start = perf_counter()
    for one in range(1000):
        compare(texts[one], texts[one + 1], rarity=rarity)
    pair = perf_counter() - start
    start = perf_counter()
    for text in texts:
        bigrams(text[:200])
    cutting = (perf_counter() - start) * 1e6 / len(texts)
    return [
        (
            "groups: mean best-cluster F1",
            f"{mean(best):.3f}  ({' '.join(f'{b:.2f}' for b in best)})",
            "≥ .82",
        ),
        ("  4,326 texts, s", f"{took:.1f}", "< 10"),
        ("nearest neighbour of the same issue", f"{mean(anyone):.3f}", "≥ .95"),
        ("  nearest of another author", f"{mean(others):.3f}", "≥ .95"),
        ("index: add · nearest among 4,326, ms", f"{adding:.2f} · {median(times):.2f}", "< 10"),
        ("compare two texts, ms", f"{pair:.3f}", "≤ 0.3"),
        ("bigrams of up to 200 characters, µs", f"{cutting:.0f}", "≤ 20"),
    ]


def main() -> int:
    """Print the table; 1 when the real messages are absent."""
    if not FOLDER.is_dir():
        print(f"REAL INPUT IS ABSENT: {FOLDER} (set GONGZHI_REAL_DATA to the folder that holds text/)")
        return 1
    rows = [("what", "measured", "target"), *categories(), *issues()]
    rows.append(
        (
            "peak memory of this run, MB",
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}",
            "–",
        )
    )
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
