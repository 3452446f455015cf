"""What can be done with the ground: divisions and borders, known places, calendars; one file per topic."""

from gongzhi.territory.actions.calendars import (
    LAST_NOTICED_YEAR,
    confirm_year,
    seed_calendar,
    set_day,
    set_hours,
    undo_day,
)
from gongzhi.territory.actions.divisions import (
    NewDivision,
    add_division,
    add_divisions,
    draw_features,
    end_division,
    set_boundary,
)
from gongzhi.territory.actions.places import (
    add_place,
    correct_place,
    name_places,
    remove_place,
    undo_place,
)

__all__ = [
    "LAST_NOTICED_YEAR",
    "NewDivision",
    "add_division",
    "add_divisions",
    "add_place",
    "confirm_year",
    "correct_place",
    "draw_features",
    "end_division",
    "name_places",
    "remove_place",
    "seed_calendar",
    "set_boundary",
    "set_day",
    "set_hours",
    "undo_day",
    "undo_place",
]
