"""What the documentation's pages are made of besides what was written: `make docs` builds them."""
