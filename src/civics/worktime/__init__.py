"""Working time: when a promise is due, how much of it is used, what is left.

Here: a ``Calendar`` (working hours by weekday, days that differ, a time zone) and the sums over it.
Not here: where calendars are kept, who may edit them, what happens when a promise is missed.

Units
    ``minutes``, ``hours``   clock time, day and night, rest days too (紧急工作时)
    ``work_hours``           only time inside the working hours runs (工作时)
    ``work_days``            whole working days (工作日)

How working days are counted (中华人民共和国民法典, book one, chapter ten)
    Art. 201 para. 1: where a period is counted in days, the day it begins is not counted; it runs from the
    next day. Art. 203 para. 2: the period ends, where there are business hours, when business stops.
    So the *local calendar day* of reception is never counted, whatever the hour and whether or not it is a
    working day; the first working day after it is day one; the promise is due at the close of work of day n.
    Received Wednesday 15:30 with two days: due Friday at closing. Received Saturday with one day: due Monday
    at closing. (Offices that deem a weekend report received on Monday give one day more; the law does not.)
    Art. 201 para. 2: where it is counted in hours, it runs from the moment itself.

Reminders, shares and pauses are measured in the working time between reception and due moment, whatever is
left of the day of reception included, so that "80 % used" means the same for hours and days.

All moments are aware; naive ones are refused. Answers are in UTC, exact to the microsecond. Changes of clock
(daylight saving) are respected: windows are local wall time, sums are real time.
"""

from civics.worktime.calendars import (
    FIRST_YEAR,
    LAST_YEAR,
    UNITS,
    Amount,
    Calendar,
    Hours,
    Pause,
    Unit,
    Window,
    read_hours,
)
from civics.worktime.promises import due, left, moment_of_share, resume, share, work_days_left

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "UNITS",
    "Amount",
    "Calendar",
    "Hours",
    "Pause",
    "Unit",
    "Window",
    "due",
    "left",
    "moment_of_share",
    "read_hours",
    "resume",
    "share",
    "work_days_left",
]
