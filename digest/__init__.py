"""A self-hosted news digest, in one pipeline:

    config.feeds -> poll.due -> fetch -> parse + clean -> identity.sift     new items       one transaction a feed
      -> stories.group                                                      stories         one transaction a run
      -> compose -> render -> freeze                                        an edition      one transaction
      -> deliver, recipient by recipient                                    a sent mail     one transaction a step
    what is stored -> showing -> pages                                      the site        one reading a page

``digest.pipeline`` runs it, ``digest.model`` has the nouns that flow through it,
``digest.cli``, ``digest.web`` and ``digest.scheduler`` are the faces that start it.
"""

__version__ = "0.1.0"
