"""The papers of people's mediation: what each consists of, what a case says on it, and who may print it."""
