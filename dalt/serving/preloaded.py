"""What every page's kernel imports; the process that kernels are forked from imports this."""

import gc

import anywidget
import ipykernel.ipkernel
import ipykernel.kernelapp
import ipywidgets
import numpy
import PIL.Image
import sqlalchemy.dialects.sqlite

import dalt.project
import dalt.session
import dalt.training.following
import dalt.widgets

__all__ = ["PIL", "anywidget", "dalt", "ipykernel", "ipywidgets", "numpy", "sqlalchemy"]

# What is there now stays: a later collection would copy the pages that are shared.
gc.collect()
gc.freeze()
