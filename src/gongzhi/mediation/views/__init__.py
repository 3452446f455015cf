"""The doors of this room: my cases, one case, its steps and files, opening one, looking in."""
