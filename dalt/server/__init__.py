"""Servers: pages (``web/``), predictions (``rest/``), and the processes behind them."""
