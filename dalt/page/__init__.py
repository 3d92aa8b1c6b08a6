"""What the labeling page is made of; `dalt.widgets` puts it together."""
