// Comfort where JavaScript is on; every page is complete without it.
