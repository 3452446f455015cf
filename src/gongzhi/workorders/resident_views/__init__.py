"""The resident's doors: report, follow, look up by code, act on one's own matter, see a photo."""
