// What the page is extended by.
//
// An add-on is a class made with a desk `{engine, root, words, keys, setup, repaint, current, taken,
// rebuild}`, each time the page is built; `current()` is the sample that keys speak of, and
// `taken(letter)` says whether the letter is the key of a class.  All of its members are optional:
//
//   button      stands among the actions in the head
//   aside       stands at the end of those
//   tools       stands in the row of tools
//   lines       stands between that row and the sample
//   status      stands in the line of the state, below the sample
//   panel       stands among the panels, beside the sample where there is room
//   node        lies over the page: a dialog
//   open        true while it covers the page: answers wait, and all keys are its own
//   paint()     is called at every change
//   actionOf(event, letter)   what a key does, before the page looks at it; null: nothing
//   close()     the page is built anew, or goes away

import { AdjudicationPanel } from "./adjudication.js";
import { CloseUp } from "./closeup.js";
import { Coach } from "./coach.js";
import { DetailsLine } from "./details.js";
import { ClassGuide } from "./guide.js";
import { GuidelinePanel } from "./guideline.js";
import { HistoryPanel } from "./history.js";
import { LanguageSwitch } from "./language.js";
import { NotesBar } from "./notes.js";
import { Palette } from "./palette.js";
import { PersonLine } from "./person.js";
import { ProgressPanel } from "./progress.js";
import { ReviewPanel } from "./review.js";
import { Swipe } from "./swipe.js";
import { Viewing } from "./viewing.js";

export const ADDONS = [
  Palette, // before all others: its keys are combined, and while it is open all keys are its own
  AdjudicationPanel, // before the others: while it is open it takes their keys
  ClassGuide,
  GuidelinePanel,
  HistoryPanel,
  ReviewPanel,
  ProgressPanel,
  LanguageSwitch,
  PersonLine,
  Coach,
  DetailsLine,
  NotesBar,
  Viewing,
  Swipe,
  CloseUp,
];
