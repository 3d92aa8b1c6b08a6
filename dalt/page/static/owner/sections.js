// All sections of the owner's page, in the order in which they stand on it.

import { AccountsSection } from "./accounts.js";
import { AgreementSection } from "./agreement.js";
import { ClassesSection } from "./classes.js";
import { ConfusionSection } from "./confusion.js";
import { DisputedSection } from "./disputed.js";
import { DoubtfulSection } from "./doubtful.js";
import { ExportSection } from "./export.js";
import { FinishSection } from "./finish.js";
import { GuidelineSection } from "./guideline.js";
import { HelpSection } from "./help.js";
import { PeopleSection } from "./people.js";
import { ProgressSection } from "./progress.js";
import { SearchSection } from "./search.js";
import { SuggestersSection } from "./suggesters.js";

/** @import { OwnerSectionClass } from "../types.js" */

/**
 * Each is a class: `section` is its name in messages, `title` what stands above it, `wide` whether it
 * takes the whole width, `fits` (if any) whether the project's task has it, `lasts` whether it follows a changed task instead of being built anew; `node` is its content and `actions` stand beside the title.
 * @type {OwnerSectionClass[]}
 */
export const SECTIONS = [
  ProgressSection,
  HelpSection,
  SuggestersSection,
  FinishSection,
  PeopleSection,
  AgreementSection,
  ConfusionSection,
  DisputedSection,
  DoubtfulSection,
  GuidelineSection,
  AccountsSection,
  ExportSection,
  SearchSection,
  ClassesSection,
];
