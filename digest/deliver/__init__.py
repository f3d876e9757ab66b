"""Transports: each hands one message, or the pages, to the other side and says what came of it.

All answer with a ``model.Outcome``; none raises for what the other side does.
"""
