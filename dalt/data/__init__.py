"""Reading raw data (``readers/``), and importing and exporting labels (``exchange/``)."""
