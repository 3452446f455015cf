"""Pure building blocks of civic work: no framework, no clock, no network, no database.

Lives here: counting time, tables of steps, emergencies, territory, the language of reports and their nearness;
every module can be used by other programs as it is. Does not live here: anything that knows who is signed in.
"""
