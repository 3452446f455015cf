"""The doors: ``months`` compares units, ``units`` explains one, ``appeals`` decides, ``formulas`` keeps versions,
``exporting`` hands a month out. They share the reading of area, month and version from the address, in ``asking``.
"""
