"""What stands while something is measured: a trained model in force, a program that listens. Gone again afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def model_in_force(trained: bool) -> Iterator[None]:
    """Suggest categories with a model trained on the town's closed orders, or with the keywords alone."""
    from gongzhi.kit.revision import bump
    from gongzhi.workorders.models import TrainedModel

    TrainedModel.objects.all().delete()
    if trained:
        _train()
    bump("category_model")
    yield
    TrainedModel.objects.all().delete()
    bump("category_model")


def _train() -> None:
    from tempfile import NamedTemporaryFile

    from civics.language import CategoryModel
    from gongzhi.kit import clock
    from gongzhi.workorders.models import TrainedModel, WorkOrder
    from gongzhi.workorders.tables import tree

    rows = WorkOrder.objects.filter(source="demo").exclude(category=None)
    texts, labels = [], []
    for title, description, category in rows.values_list("title", "description", "category_id"):
        texts.append(f"{title}\n{description}")
        labels.append(tree().line(category)[0].code)
    with NamedTemporaryFile(suffix=".model") as file:
        CategoryModel.fit(texts, labels).save(file.name)
        content = Path(file.name).read_bytes()
    TrainedModel.objects.create(content=content, trained_at=clock.now(), texts=len(texts))


@contextmanager
def a_program_listens(listened: bool) -> Iterator[None]:
    """Somebody holds a key with which events may be read, so that each act becomes one."""
    from datetime import timedelta

    from gongzhi.kit import clock
    from gongzhi.kit.acting import Actor
    from gongzhi.kit.revision import bump
    from gongzhi.people.actions import issue_token
    from gongzhi.people.models import Account, Token

    Token.objects.filter(name="bench").delete()
    if listened:
        now, clerk = clock.now(), Account.objects.get(login="clerk")
        issue_token(clerk, "bench", ["events.read"], expires_at=now + timedelta(days=1), by=Actor(), at=now)
    bump("programs")
    yield
    Token.objects.filter(name="bench").delete()
    bump("programs")
