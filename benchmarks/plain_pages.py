"""What DALT's page is measured against: the same work with plain ipywidgets, as cells of code.

Both record through the same session, with the same trainer in a thread of the kernel.
"""

SINGLE = """
import os

import dalt
import ipywidgets as widgets
from IPython.display import display

project = dalt.Project.open(os.environ["DALT_PROJECT"])
session = project.session(annotator="ana")
picture = widgets.Image(format="png", width=280)


def show():
    global assignment
    assignment = session.next()
    picture.value = session.display(assignment.sample).data


def answer(button):
    session.submit(assignment, button.description)
    show()


buttons = [widgets.Button(description=spec.name) for spec in session.classes]
for button in buttons:
    button.on_click(answer)
show()
display(picture, widgets.HBox(buttons))
"""

GRID = """
import os

import dalt
import ipywidgets as widgets
from IPython.display import display

project = dalt.Project.open(os.environ["DALT_PROJECT"])
session = project.session(annotator="ana")
project.trainer.wait(120)
pictures = [widgets.Image(format="png", width=100) for _ in range(30)]


def show():
    global page
    page = session.next_page(30)
    for picture, assignment in zip(pictures, page.assignments):
        picture.value = session.display(assignment.sample).data


def confirm(_button):
    session.verify(page)
    show()


button = widgets.Button(description="confirm")
button.on_click(confirm)
show()
grid = widgets.GridBox(pictures, layout=widgets.Layout(grid_template_columns="repeat(10, 110px)"))
display(grid, button)
"""
