"""Migrating without drawing every model again after every operation.

While it migrates, Django keeps classes of the models as they were at that point of history. After a new model, field,
index or constraint it makes the classes of all related models again, and through the spine all of ours are related: that
was nine tenths of the time of a first migration. Operations on tables look at the class of their own table, so only that one
is made here. Code that is run in a migration may look at all of them, and for it Django draws everything afresh when a state
says that something was put off.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations.state import ModelState, ProjectState

_OPTIONS = ("_append_option", "_remove_option", "_alter_option")


@contextmanager
def drawing_less() -> Iterator[None]:
    """Migrate inside this block."""
    kept = {name: getattr(ProjectState, name) for name in ("add_model", "add_field", *_OPTIONS)}
    for name in _OPTIONS:
        setattr(ProjectState, name, _with_options(kept[name]))
    ProjectState.add_field = _with_field(kept["add_field"])  # type: ignore[method-assign]
    ProjectState.add_model = _add_model  # type: ignore[method-assign]
    try:
        yield
    finally:
        for name, method in kept.items():
            setattr(ProjectState, name, method)


@contextmanager
def _in_the_state_only(state: ProjectState) -> Iterator[Any]:
    """Change the state while its classes are away; they, or None, are what the block is given."""
    classes = state.__dict__.pop("apps", None)
    try:
        yield classes
    finally:
        if classes is not None:
            state.__dict__["apps"] = classes


def _with_options(change: Any) -> Any:
    """The same change of a model's indexes or constraints; the class of the model is altered instead of replaced."""

    def changed(self: ProjectState, app_label: str, model_name: str, option_name: str, *rest: Any) -> None:
        with _in_the_state_only(self) as classes:
            change(self, app_label, model_name, option_name, *rest)
        if classes is not None:
            meta = classes.get_model(app_label, model_name)._meta
            fresh = [one.clone() for one in self.models[app_label, model_name].options[option_name]]
            setattr(meta, option_name, meta._format_names(fresh) if option_name == "constraints" else fresh)

    return changed


def _with_field(change: Any) -> Any:
    """The same new field; only the class of its own model is made again."""

    def changed(self: ProjectState, app_label: str, model_name: str, *rest: Any, **more: Any) -> None:
        with _in_the_state_only(self) as classes:
            change(self, app_label, model_name, *rest, **more)
        if classes is not None:
            self.is_delayed = True
            self._reload({(app_label, model_name)})  # type: ignore[attr-defined]

    return changed


def _add_model(self: ProjectState, model_state: ModelState) -> None:
    """A new model takes its place among the classes that are there; nothing pointed to it before."""
    key = model_state.app_label, model_state.name_lower
    self.models[key] = model_state
    if self._relations is not None:  # type: ignore[attr-defined]
        self.resolve_model_relations(key)  # type: ignore[attr-defined]
    if "apps" in self.__dict__:
        self.is_delayed = True
        self.apps.render_multiple([model_state])
