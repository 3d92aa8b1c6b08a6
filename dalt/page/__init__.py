"""Parts of the labeling page; `dalt.widgets` puts them together."""
