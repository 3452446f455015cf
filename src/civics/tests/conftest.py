"""Properties are judged by what holds, not by how long a busy machine takes."""

from hypothesis import settings

settings.register_profile("civics", deadline=None)
settings.load_profile("civics")
