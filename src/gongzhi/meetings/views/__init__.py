"""The doors of the meetings: calendars, one meeting, calling and changing."""
