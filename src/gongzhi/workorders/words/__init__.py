"""How things are said: to residents, of acts, of whistles."""
