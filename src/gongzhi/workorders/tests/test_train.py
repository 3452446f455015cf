"""``train``: what it learns from, what it prints, what it refuses, and that it cannot see contacts."""

from __future__ import annotations

import csv
import gzip
import io
import random
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from gongzhi.kit.acting import Actor, acting
from gongzhi.people.queries import contact_of
from gongzhi.workorders import learning
from gongzhi.workorders.actions import correcting, reporting
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import TrainedModel, WorkOrder
from gongzhi.workorders.tables import trained_model, tree
from gongzhi.workorders.understanding import classify
from tests.cast import IN_GRID_1, WEDNESDAY, Cast, settle

pytestmark = pytest.mark.django_db

TOPICS = {"城乡建设": ["路灯", "井盖", "路面", "施工围挡"], "环境保护": ["废水", "废气", "油烟", "异味"]}


@pytest.fixture
def cast() -> Cast:
    return settle()


def train(*arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("train", *arguments, stdout=out, stderr=out, **options)
    return out.getvalue()


def labelled(path: Path, each: int = 60, wrong: bool = False) -> Path:
    """A labelled file of two topics; with ``wrong`` the labels say nothing."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["text", "label"])
        chance = random.Random(4)
        for number in range(each):
            for label, words in TOPICS.items():
                said = chance.choice(list(TOPICS)) if wrong else label
                table.writerow([f"第{number}号楼前{words[number % 4]}的问题{number % 7}次没人管", said])
        table.writerow(["说不清楚的事", "天外来物"])
    return path


def test_a_labelled_file_teaches_and_the_model_answers(cast: Cast, tmp_path: Path) -> None:
    out = train(str(labelled(tmp_path / "a.csv")))
    assert "天外来物（1）" in out
    assert "学了 120 条" in out
    assert "macro-F1  1.0000" in out
    model = trained_model()
    assert model is not None
    assert tree().by_label[model.suggest("油烟太大")[0][0]].name == "环境保护"
    assert tree().by_label["环境保护"] in tree().line(classify("楼下油烟很大")[0].category_id)


class Says:
    """A model that always says the same."""

    def __init__(self, *said: tuple[str, float]) -> None:
        self.said = list(said)

    def suggest(self, text: str, n: int = 2) -> list[tuple[str, float]]:
        return self.said[:n]


def test_a_model_of_branches_leaves_short_reports_to_the_table(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real letters taught that refuse is 城乡建设; the tree of the town has it elsewhere, and knows the leaf."""

    def said(text: str, *told: tuple[str, float]) -> list[tuple[str, bool]]:
        monkeypatch.setattr("gongzhi.workorders.understanding.trained_model", lambda: Says(*told))
        topics = tree().topics
        return [(topics[g.category_id].name, g.share >= settings.GONGZHI_CONFIDENCE) for g in classify(text)]

    city, air = ("城乡建设", 0.98), ("环境保护", 0.01)
    smoke = "楼下餐馆的油烟太大"
    assert said(smoke, city, air) == [("油烟扰民", True), ("城乡建设", False)]
    # a long letter, both sure of themselves and of different minds: a clerk decides between the two
    letter = smoke + "，我们多次向有关部门反映，一直没有得到解决，请领导重视，尽快派人来看一看" * 2
    names = said(letter, city, air)
    assert {name for name, _sure in names} == {"油烟扰民", "城乡建设"}
    assert not any(sure for _name, sure in names)
    assert said(letter, ("环境保护", 0.6), city)[0] == ("油烟扰民", True), "of one mind"
    # what the table knows nothing of is the model's, in a letter
    assert said("这件事情说来话长，" * 8, city, air)[0] == ("城乡建设", True)
    assert said("说来话长", city, air)[0] == ("城乡建设", False)
    # a model that has learnt leaves from the town's own orders decides
    assert said(smoke, ("路灯不亮", 0.9), city)[0] == ("路灯不亮", True)


def test_a_worse_model_does_not_replace_a_better_one_unless_forced(cast: Cast, tmp_path: Path) -> None:
    train(str(labelled(tmp_path / "good.csv")))
    bad = str(labelled(tmp_path / "bad.csv", wrong=True))
    with pytest.raises(CommandError, match=r"新模型不如正在使用的：macro-F1 0\.\d+，正在使用的 1\.0000"):
        train(bad)
    assert TrainedModel.objects.count() == 1
    train(bad, "--force")
    assert TrainedModel.objects.count() == 2


def test_too_little_to_learn_from_is_said(cast: Cast) -> None:
    with pytest.raises(CommandError, match="能学的太少"):
        train()


def test_a_file_without_such_columns_is_said(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(CommandError, match="没有这一列"):
        train(str(path))


def _orders(cast: Cast, each: int) -> list[WorkOrder]:
    made = []
    for number in range(each):
        for label, words in TOPICS.items():
            text = f"第{number}号楼前{words[number % 4]}的问题一直没有人管"
            draft = Draft(text, lon=IN_GRID_1[0], lat=IN_GRID_1[1], name="王先生", phone="19900000101")
            order = reporting.report(draft, by=cast.resident, at=WEDNESDAY).order
            correcting.recategorise(
                order.pk, category_id=tree().by_label[label].id, by=cast.clerk, at=WEDNESDAY
            )
            made.append(order)
    return made


def test_orders_that_staff_have_corrected_teach_and_no_contact_is_seen(cast: Cast) -> None:
    orders = _orders(cast, 21)
    guessed = reporting.report(Draft("路灯不亮了，请来修"), by=cast.resident, at=WEDNESDAY).order
    lessons = learning.from_orders()
    assert len(lessons.texts) == 42
    assert not any(guessed.description in text for text in lessons.texts)
    assert {tree().by_code[code].name for code in lessons.labels} == set(TOPICS)
    assert "学了 42 条" in train(seeds=1)
    with acting(Actor.for_service("train")):
        assert contact_of(orders[0].pk) is None
    with acting(cast.clerk):
        assert contact_of(orders[0].pk) is not None


def test_history_teaches_only_where_its_file_named_the_category(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    rows = [
        "编号,内容,反映时间,分类",
        "1,楼前的路灯坏了很久,2026-01-01,城乡建设",
        "2,楼前的路灯坏了很久,2026-01-01,",
    ]
    path.write_text("\n".join(rows), encoding="utf-8")
    call_command("import_workorders", str(path), kind="history", stdout=io.StringIO(), stderr=io.StringIO())
    assert len(learning.from_orders().texts) == 1


def test_rare_categories_are_learnt_as_their_branch(cast: Cast) -> None:
    root = tree().by_label["城乡建设"]
    leaf = tree().children(tree().children(root.id)[0].id)[0]
    assert set(learning.folded([leaf.code] * 3, tree(), fewest=5)) == {root.code}
    assert set(learning.folded([leaf.code] * 5, tree(), fewest=5)) == {leaf.code}


@pytest.mark.real
@pytest.mark.slow
def test_real_labels_are_learnt(cast: Cast, real_data: Path, tmp_path: Path) -> None:
    source, path = real_data / "text" / "tipdm8c_labelled_tokens_dev.csv.gz", tmp_path / "part.csv"
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file, path.open("w", newline="") as out:
        reader = csv.DictReader(file)
        table = csv.DictWriter(out, reader.fieldnames or [])
        table.writeheader()
        table.writerows(row for number, row in enumerate(reader) if number % 4 == 0)
    out = train(str(path), seeds=1)
    assert "没有这些分类" not in out
    found = re.search(r"macro-F1  ([\d.]+)", out)
    assert found is not None
    assert float(found.group(1)) > 0.82
