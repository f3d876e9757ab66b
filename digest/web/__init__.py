"""The web face: pages over HTTP, and the server under them."""
