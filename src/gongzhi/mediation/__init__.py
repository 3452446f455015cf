"""人民调解, people's mediation: a dispute from application to agreement, its performance, and the docket it leaves.

Our words: case, party, particulars, team, guest, sitting, agreement, clause, signature, confirmation, return visit,
docket, tally, side.
Not here: the report a dispute grew out of (a work order, linked and never written on), courts and arbitration, and care
for the people concerned. Everything here is sealed: it is read through ``journal.Access`` only, in the database too.
"""
