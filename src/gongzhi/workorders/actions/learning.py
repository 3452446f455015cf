"""Keeping what the category model has learnt. The models before it stay, and can be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from tempfile import NamedTemporaryFile

from django.db import transaction
from django.utils.translation import gettext as _

from civics.language import CategoryModel
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict
from gongzhi.kit.revision import bump
from gongzhi.workorders.learning import Lessons, Scores, measure
from gongzhi.workorders.models import TrainedModel


@dataclass(frozen=True)
class Learnt:
    """A model that was learnt: how good it is, how good the one before was, and whether it was put to use."""

    scores: Scores
    before: float | None
    row: TrainedModel | None


def train(lessons: Lessons, *, seeds: int = 3, force: bool = False, by: Actor, at: datetime) -> Learnt:
    """Measure on kept-out fifths, then learn from everything and put the model to use.

    Raises Conflict when the model in use had the better score, unless forced; Invalid when there is too little.
    The fitting takes seconds and is done outside of the transaction.
    """
    scores = measure(lessons, seeds=seeds)
    before = in_use()
    old = before.scores.get("macro_f1") if before is not None else None
    if old is not None and scores.as_json()["macro_f1"] < old and not force:
        raise Conflict(
            _("新模型不如正在使用的：macro-F1 {new:.4f}，正在使用的 {old:.4f}。没有替换。").format(
                new=scores.macro_f1, old=old
            ),
            help=_("如果确实要换，请加 --force。"),
            code="worse_model",
        )
    model = CategoryModel.fit(lessons.texts, lessons.labels)
    with NamedTemporaryFile(suffix=".model") as file:
        model.save(file.name)
        file.seek(0)
        content = file.read()
    return Learnt(scores, old, keep(content, texts=len(lessons.texts), scores=scores, by=by, at=at))


@transaction.atomic
def keep(content: bytes, *, texts: int, scores: Scores, by: Actor, at: datetime) -> TrainedModel:
    """Put a model to use in every process."""
    row = TrainedModel.objects.create(content=content, trained_at=at, texts=texts, scores=scores.as_json())
    bump("category_model")
    return row


def in_use() -> TrainedModel | None:
    """The model that answers now, without its bytes."""
    return TrainedModel.objects.order_by("-trained_at").defer("content").first()
