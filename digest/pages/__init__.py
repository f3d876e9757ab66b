"""The site: what is known -> pages, feeds and lists, each drawn when somebody asks for it."""
