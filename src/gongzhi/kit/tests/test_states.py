"""Models that are drawn once while migrating are the models that Django would have drawn again."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.migrations.state import ModelState, ProjectState

from gongzhi.kit.db.states import drawing_less


def a_street() -> ModelState:
    return ModelState(
        "town", "Street", [("id", models.AutoField(primary_key=True)), ("name", models.TextField())]
    )


def a_house() -> ModelState:
    street = models.ForeignKey("town.Street", models.CASCADE, related_name="houses")
    return ModelState("town", "House", [("id", models.AutoField(primary_key=True)), ("street", street)])


def history(state: ProjectState) -> None:
    """A model, one that points to it, an index and a constraint that stay, and others that go again."""
    state.add_model(a_street())
    assert state.apps.get_model("town", "street")
    state.add_model(a_house())
    state.add_index("town", "street", models.Index(fields=["name"], name="by_name"))
    state.add_index("town", "street", models.Index(fields=["-name"], name="backwards"))
    state.remove_index("town", "street", "backwards")
    for name in ("%(app_label)s_%(class)s_one", "gone"):
        state.add_constraint("town", "street", models.UniqueConstraint(fields=["name"], name=name))
    state.remove_constraint("town", "street", "gone")
    state.add_field("town", "street", "code", models.TextField(default=""), preserve_default=True)
    opposite = models.ForeignKey("town.House", models.CASCADE, null=True, related_name="+")
    state.add_field("town", "house", "opposite", opposite, preserve_default=True)


def told(state: ProjectState) -> dict[str, Any]:
    apps = state.apps
    return {
        model._meta.model_name: (
            [(field.name, getattr(field.related_model, "_meta", None) and field.related_model._meta.label)
             for field in model._meta.get_fields()],
            [index.deconstruct() for index in model._meta.indexes],
            [constraint.deconstruct() for constraint in model._meta.constraints],
        )
        for model in apps.get_models()
    }  # fmt: skip


def test_what_is_drawn_once_is_what_is_drawn_anew() -> None:
    state = ProjectState()
    with drawing_less():
        history(state)
    drawn, fresh = told(state), told(ProjectState({key: one.clone() for key, one in state.models.items()}))
    assert drawn == fresh
    street = state.apps.get_model("town", "street")
    assert [one.name for one in street._meta.constraints] == ["town_street_one"]
    assert [one.name for one in street._meta.indexes] == ["by_name"]


def test_code_in_a_migration_sees_classes_that_fit_together() -> None:
    state = ProjectState()
    with drawing_less():
        history(state)
    state.clear_delayed_apps_cache()  # as RunPython does first
    street, house = (state.apps.get_model("town", name) for name in ("street", "house"))
    assert house._meta.get_field("street").related_model is street
    assert house._meta.get_field("opposite").related_model is house
    assert str(house.objects.filter(street__code="1").query)


def test_the_plain_way_comes_back() -> None:
    kept = ProjectState.add_model, ProjectState.add_field, ProjectState._append_option
    with drawing_less():
        assert ProjectState.add_model is not kept[0]
    assert (ProjectState.add_model, ProjectState.add_field, ProjectState._append_option) == kept
