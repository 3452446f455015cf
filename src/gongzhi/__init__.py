"""Gongzhi (共治): one Django project package.

The rooms, the spine and the kit live here; pure sums live in the neighbouring package `civics`.
Nothing is imported here, so that `import gongzhi` is free and needs no settings.
"""

__version__ = "0.1.0"
