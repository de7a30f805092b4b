"""The HTTP side: one file per noun, one guard before all of them."""
