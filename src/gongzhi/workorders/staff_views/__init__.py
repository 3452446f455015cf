"""The staff's doors, one file per topic.

``asking`` reads scope and filters from the address, ``bench`` shows queue and order, ``acting`` takes steps,
``intake`` enters a report for somebody, ``overview`` is map and units, ``exporting`` hands lists out,
``rules`` is the table of responsibilities with its dry run.
"""
