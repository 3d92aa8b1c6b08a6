// Written from dalt/page/protocol.py by `make protocol`.

/** The page is there, or is there again; `former` is the sitting that it follows. `screen` is how many pixels of the screen the longer side of a picture may take. */
export interface Ready {
  aside?: boolean;
  former?: string | null;
  held?: Array<string>;
  made_at?: number;
  page?: string;
  screen?: number;
  seq?: number;
  type: "ready";
}

/** It wants samples beside those that it holds. */
export interface More {
  aside?: boolean;
  held?: Array<string>;
  made_at?: number;
  page?: string;
  seq?: number;
  type: "more";
}

/** A sample is answered; a label of None is a skip. */
export interface Answer {
  active_ms?: number | null;
  aside?: boolean;
  key: string;
  label: string | Array<string | Region> | null;
  made_at?: number;
  mode?: "single";
  page?: string;
  proposed?: Array<Region> | null;
  sample_id: string;
  seq?: number;
  shown_at?: string | null;
  suggestion?: Seen | null;
  timing?: Measured | null;
  type: "answer";
}

/** A span has `start` and `end` in code points, every other shape `points` in pixels. */
export interface Region {
  end?: number;
  label: string;
  points?: Array<[number, number]>;
  shape: "box" | "point" | "polygon" | "span";
  start?: number;
}

/** The suggestion that was on screen: names of classes, the likeliest first. */
export interface Seen {
  classes: Array<string>;
  probabilities: Array<number>;
  snapshot: number | null;
  suggesters?: Array<string>;
}

/** What was measured from the moment in which something came on screen to its answer. In milliseconds of a clock that nobody sets; `wall_ms` is the whole by the computer's own, which people set and which goes on while it sleeps. */
export interface Measured {
  commit_ms?: number | null;
  first_key_ms?: number | null;
  hidden_ms?: number | null;
  idle_ms?: number | null;
  n_clicks?: number | null;
  n_keys?: number | null;
  paint_ms?: number | null;
  wall_ms?: number | null;
}

/** A page is confirmed. */
export interface Verify {
  active_ms?: number | null;
  aside?: boolean;
  key: string;
  made_at?: number;
  page?: string;
  page_id?: string | null;
  samples: Array<Verified>;
  seq?: number;
  shown_at?: string | null;
  timing?: Measured | null;
  type: "verify";
}

/** What one sample of a page was confirmed to be. */
export interface Verified {
  label: string | null;
  sample_id: string;
  suggestion?: Seen | null;
}

/** Take back the last answer up to an event, of these samples as the page expects. */
export interface Undo {
  aside?: boolean;
  key: string;
  label?: string;
  made_at?: number;
  page?: string;
  page_id?: string | null;
  sample_id?: string | null;
  sample_ids?: Array<string>;
  seq?: number;
  type: "undo";
  up_to?: number | null;
}

/** Answer again what was taken back last. */
export interface Redo {
  aside?: boolean;
  key: string;
  made_at?: number;
  page?: string;
  sample_ids?: Array<string>;
  seq?: number;
  type: "redo";
  up_to?: number | null;
}

/** Whether the kernel is there: it says the same. */
export interface Heartbeat {
  aside?: boolean;
  made_at?: number;
  page?: string;
  seq?: number;
  type: "heartbeat";
}

/** The page goes away. */
export interface Bye {
  aside?: boolean;
  made_at?: number;
  page?: string;
  seq?: number;
  type: "bye";
}

/** It labels one at a time now, or in the grid. */
export interface Switched {
  aside?: boolean;
  made_at?: number;
  mode: "single" | "verify";
  page?: string;
  seq?: number;
  type: "mode";
}

/** It wants pages to verify, of at most `size` samples, beside those that it holds. */
export interface Pages {
  aside?: boolean;
  held?: Array<string>;
  made_at?: number;
  page?: string;
  seq?: number;
  size: number;
  type: "pages";
}

/** The newest answers; of those that are known no thumbnails. */
export interface AskHistory {
  aside?: boolean;
  known?: Array<string>;
  limit?: number;
  made_at?: number;
  page?: string;
  seq?: number;
  type: "history";
}

/** Open a sample again that was answered. */
export interface Reopen {
  aside?: boolean;
  made_at?: number;
  page?: string;
  sample_id: string;
  seq?: number;
  type: "reopen";
}

/** Open again what was skipped. */
export interface OpenSkipped {
  aside?: boolean;
  made_at?: number;
  page?: string;
  seq?: number;
  type: "open_skipped";
}

/** Leave the answer of a sample that was opened again. */
export interface Keep {
  aside?: boolean;
  made_at?: number;
  page?: string;
  sample_id: string;
  seq?: number;
  type: "keep";
}

/** What the annotator notes of a sample. */
export interface Flag {
  aside?: boolean;
  comment: string;
  flagged: boolean;
  key: string;
  made_at?: number;
  page?: string;
  sample_id: string;
  seq?: number;
  type: "note";
}

/** The labels that the model disagrees with. */
export interface AskReview {
  aside?: boolean;
  known?: Array<string>;
  made_at?: number;
  page?: string;
  seq?: number;
  type: "review";
}

/** Open some of them again. */
export interface OpenReview {
  aside?: boolean;
  made_at?: number;
  page?: string;
  sample_ids: Array<string>;
  seq?: number;
  type: "open_review";
}

/** A label is right, whatever the model says. */
export interface Confirm {
  aside?: boolean;
  event_id: number;
  key: string;
  made_at?: number;
  page?: string;
  seq?: number;
  type: "confirm";
}

/** What is a region likely to be? `ask` is said again in the reply. */
export interface RankRegion {
  aside?: boolean;
  ask: number;
  made_at?: number;
  page?: string;
  region: Region;
  sample_id: string;
  seq?: number;
  type: "rank_region";
}

/** How far it is. */
export interface AskProgress {
  aside?: boolean;
  made_at?: number;
  page?: string;
  seq?: number;
  type: "progress";
}

/** The whole of what was shown reduced. */
export interface AskFull {
  aside?: boolean;
  made_at?: number;
  page?: string;
  sample_id: string;
  seq?: number;
  type: "full";
}

export interface AskExamples {
  class: string;
  page?: string;
  type: "examples";
}

/** A new class. */
export interface AddClass {
  aside?: boolean;
  made_at?: number;
  name: string;
  page?: string;
  seq?: number;
  type: "add_class";
}

export interface ChangeKey {
  action?: string;
  class?: string;
  key: string;
  page?: string;
  type: "change_key";
}

/** What is to be decided next, but for what the page holds, has decided or has put off. */
export interface AskDisputes {
  aside?: boolean;
  decided?: Array<string>;
  leave_out?: Array<string>;
  made_at?: number;
  page?: string;
  seq?: number;
  type: "disputes";
}

/** A decision of the owner. */
export interface Adjudicate {
  aside?: boolean;
  key: string;
  label: string | Array<string>;
  made_at?: number;
  page?: string;
  sample_id: string;
  seq?: number;
  type: "adjudicate";
}

/** Take back the last one. */
export interface UndoAdjudicate {
  aside?: boolean;
  key: string;
  made_at?: number;
  page?: string;
  seq?: number;
  type: "undo_adjudicate";
  up_to?: number | null;
}

/** The task; said again whenever it changes. `by_page`: annotators may choose to verify samples by the page. `by_turns`: chance decides that, sample by sample. `hides_some`: for some samples nothing is suggested, by chance. `read_only`: samples can be looked at, and nothing that is answered can be recorded. */
export interface Setup {
  acknowledged: number;
  adjudicates: boolean;
  annotator: string;
  blind: boolean;
  by_page: boolean;
  by_turns: boolean;
  classes: Array<ClassSaid>;
  guideline: string;
  heartbeat: number;
  hides_some: boolean;
  keys: Record<string, string>;
  language: string;
  login: boolean;
  multi_label: boolean;
  new_classes: boolean;
  newest: number;
  owner: boolean;
  project: string;
  read_only: boolean;
  remap_keys: boolean;
  session: string;
  standing: StandingSaid;
  task: "boxes" | "classes" | "points" | "polygons" | "spans";
  title: string;
  type: "setup";
}

/** A class, with the names that it had before. */
export interface ClassSaid {
  colour: string;
  description: string;
  formerly: Array<string>;
  group: string | null;
  key: string;
  name: string;
}

/** Where the project stands. */
export interface StandingSaid {
  accuracy: EstimateSaid | null;
  message: string;
  n_labelled: number;
  n_learned: number | null;
  n_samples: number;
  n_skipped: number;
  preparing: number | null;
  proposals: EstimateSaid | null;
  quicker: "single" | "verify" | null;
  snapshot: number | null;
  state: string;
  submits_proposals: boolean;
  suggesters: Array<string>;
  to_check: number | null;
}

/** A mean of `n` with its interval. */
export interface EstimateSaid {
  high: number;
  low: number;
  n: number;
  value: number;
}

/** Samples to answer. */
export interface Samples {
  done: boolean;
  elsewhere: boolean;
  no_samples: boolean;
  nothing: boolean;
  samples: Array<SampleSaid>;
  skipped: boolean;
  type: "samples";
}

/** A sample to answer; `trouble` says why it cannot be read. `details` are columns of its row, with their values. `turn` is its place among the samples and pages that chance has put into an order; without one it comes before them. */
export interface SampleSaid {
  answered?: Answered;
  before?: Answered;
  details?: Array<[string, string]>;
  display: Shown;
  id: string;
  note?: Noticed;
  proposals?: Array<ProposedRegion>;
  size?: [number, number];
  submits_proposals?: boolean;
  suggestion: Ranked;
  trouble: string | null;
  turn?: number;
}

/** What a sample was answered as before. */
export interface Answered {
  label: string | Array<string | Region> | null;
}

/** The raw content of a sample; of one that cannot be read, or of a list, only the first two. */
export interface Shown {
  buffer: number | null;
  height?: number;
  kind: "audio" | "image" | "table" | "text";
  mime?: string;
  reduced?: boolean;
  rows?: Array<[string, string]>;
  text?: string;
  width?: number;
}

/** What the annotator has noted of a sample. */
export interface Noticed {
  comment: string;
  flagged: boolean;
}

/** A region that is likely to be marked. */
export interface ProposedRegion {
  probability: number;
  region: Region;
}

/** A suggestion: classes by their places in the list of the setup, the likeliest first. `suggesters` are the sources beside the model that it comes from. `condition` says how it is shown, if not in the usual way: not at all, only by emphasis in the list of all classes, or only in order above it. */
export interface Ranked {
  classes: Array<number>;
  condition?: "emphasis" | "none" | "order";
  probabilities: Array<number>;
  snapshot: number | null;
  suggesters?: Array<string>;
}

/** Pages to verify. */
export interface PagesSaid {
  done: boolean;
  elsewhere: boolean;
  no_samples: boolean;
  nothing: boolean;
  pages: Array<PageSaid>;
  skipped: boolean;
  type: "pages";
}

/** A page to verify: `said` has what is not of its class, `turn` is as for a sample. */
export interface PageSaid {
  id: string;
  label: string;
  said: Record<string, string | null>;
  samples: Array<SampleSaid>;
  turn?: number;
}

/** The samples of these pages are given singly now. */
export interface Taken {
  page_ids: Array<string>;
  type: "taken";
}

/** An answer, or a page (`kind`), is committed; `page` is who had sent it. */
export interface Ack {
  acknowledged: number;
  key: string;
  kind: string;
  newest: number;
  page: string | null;
  page_id?: string | null;
  sample_id?: string;
  type: "ack";
}

/** What was taken back, with what of it the page has not on screen. */
export interface UndoneSaid {
  acknowledged: number;
  key: string;
  newest?: number;
  page_id: string | null;
  reopened: PageSaid | null;
  sample_ids: Array<string>;
  samples: Array<SampleSaid>;
  type: "undone";
}

/** What was answered again. */
export interface Redone {
  acknowledged: number;
  key: string;
  newest?: number;
  paged: boolean;
  sample_ids: Array<string>;
  type: "redone";
}

/** What the newest snapshot says, by sample. */
export interface Refresh {
  standing: StandingSaid;
  suggestions: Record<string, Newest>;
  type: "refresh";
}

/** What the newest snapshot says of a sample. */
export interface Newest {
  classes: Array<number>;
  condition?: "emphasis" | "none" | "order";
  probabilities: Array<number>;
  proposals?: Array<ProposedRegion>;
  snapshot: number | null;
  submits_proposals?: boolean;
  suggesters?: Array<string>;
}

/** What answers nothing and must not get lost has arrived. */
export interface Noted {
  key: string;
  newest?: number;
  type: "noted";
}

/** Nothing could be opened again. */
export interface NotOpened {
  type: "not_opened";
}

/** Samples to answer now, before all others. */
export interface Opened {
  samples: Array<SampleSaid>;
  type: "opened";
}

/** The kernel is there. */
export interface HeartbeatSaid {
  type: "heartbeat";
}

/** What is not recorded, and would not be if it were sent again. */
export interface Refused {
  key: string | null;
  message: string;
  type: "refused";
}

/** What went wrong; without a key it is not about an answer. */
export interface Failed {
  key: string | null;
  message: string;
  type: "failed";
}

/** The last answers, the newest first. */
export interface HistorySaid {
  entries: Array<HistoryEntry>;
  more: boolean;
  type: "history";
}

/** One of the last answers. */
export interface HistoryEntry {
  event_id: number;
  flagged: boolean;
  label: string | Array<string | Region> | null;
  mode: string | null;
  sample_id: string;
  small?: Small;
}

/** A thumbnail. */
export interface Small {
  buffer: number | null;
  kind: "audio" | "image" | "table" | "text";
  mime?: string;
  text: string;
}

/** The review is under way. */
export interface Reviewing {
  type: "reviewing";
}

/** The doubtful ones of the labels that were judged. */
export interface ReviewSaid {
  entries: Array<ReviewEntry>;
  judged: number;
  n: number;
  trouble: string | null;
  type: "review";
}

/** A label that the model disagrees with. */
export interface ReviewEntry {
  event_id: number;
  label: string | Array<string | Region>;
  probability: number | null;
  sample_id: string;
  small?: Small;
  suggested: string | Array<string | Region>;
}

/** What a region is likely to be. */
export interface RankedRegion {
  ask: number;
  classes: Array<number>;
  condition?: "emphasis" | "none" | "order";
  probabilities: Array<number>;
  snapshot: number | null;
  suggesters?: Array<string>;
  type: "ranked_region";
}

/** How often each class was given, the learning curve, the time a label takes, what is left. */
export interface ProgressSaid {
  counts: Array<[string, number]>;
  curve: Array<CurvePoint>;
  left: number;
  seconds_per_label: EstimateSaid | null;
  type: "progress";
}

/** The accuracy at a number of labels. */
export interface CurvePoint {
  accuracy: EstimateSaid;
  n_labels: number;
}

/** The whole of a sample. */
export interface Full {
  mime: string;
  sample_id: string;
  text: string;
  type: "full";
}

export interface Examples {
  class: string;
  examples: Array<Small>;
  type: "examples";
}

/** Why a class is not added. */
export interface ClassRefused {
  message: string;
  type: "class_refused";
}

/** A class is added. */
export interface ClassAdded {
  name: string;
  type: "class_added";
}

/** Why a key is not changed. */
export interface KeyRefused {
  message: string;
  type: "key_refused";
}

export interface KeyChanged {
  action: string;
  class: string;
  type: "key_changed";
}

/** What is to be decided next, of `n`. */
export interface Disputes {
  entries: Array<DisputeEntry>;
  n: number;
  trouble: string | null;
  type: "disputes";
}

/** A sample that annotators disagree on. */
export interface DisputeEntry {
  answers: Array<AnswerSaid>;
  sample: SampleSaid;
}

/** What an annotator said. */
export interface AnswerSaid {
  annotator: string;
  label: string | Array<string | Region>;
}

/** The decision that was taken back. */
export interface Unadjudicated {
  entries: Array<DisputeEntry>;
  type: "unadjudicated";
}

/** Judge the labels again. */
export interface OwnerReview {
  aside?: boolean;
  made_at?: number;
  page?: string;
  seq?: number;
  type: "owner_review";
}

/** Decide a sample, disputed or not. */
export interface OwnerOpen {
  aside?: boolean;
  made_at?: number;
  page?: string;
  sample_id: string;
  seq?: number;
  type: "owner_open";
}

/** Start a search for a better head, or stop the one that runs. */
export interface OwnerSearch {
  aside?: boolean;
  made_at?: number;
  page?: string;
  run: boolean;
  seq?: number;
  type: "owner_search";
}

/** Another guideline, in the place of the one that the page knows. */
export interface EditGuideline {
  aside?: boolean;
  key: string;
  made_at?: number;
  page?: string;
  seq?: number;
  text: string;
  type: "edit_guideline";
  was: string;
}

/** Changes of a class, which the page knows as it `was`. */
export interface EditClass {
  aside?: boolean;
  changes: ClassChanges;
  key: string;
  made_at?: number;
  name: string;
  page?: string;
  seq?: number;
  type: "edit_class";
  was: ClassSaid;
}

/** What is to be different in a class; what is missing stays. */
export interface ClassChanges {
  colour?: string;
  description?: string;
  group?: string;
  key?: string;
  name?: string;
}

/** One more class. */
export interface NewClass {
  aside?: boolean;
  changes: ClassChanges;
  key: string;
  made_at?: number;
  name: string;
  page?: string;
  seq?: number;
  type: "new_class";
}

/** Remove a class that nothing names. */
export interface DropClass {
  aside?: boolean;
  key: string;
  made_at?: number;
  name: string;
  page?: string;
  seq?: number;
  type: "drop_class";
}

/** All classes in another order than it `was`. */
export interface OrderClasses {
  aside?: boolean;
  key: string;
  made_at?: number;
  names: Array<string>;
  page?: string;
  seq?: number;
  type: "order_classes";
  was: Array<string>;
}

/** Let a person log in; an empty password is made up. */
export interface AddAccount {
  aside?: boolean;
  key: string;
  made_at?: number;
  name: string;
  owner: boolean;
  page?: string;
  password: string;
  seq?: number;
  type: "add_account";
}

/** Give a person another password; an empty one is made up. */
export interface RenewAccount {
  aside?: boolean;
  key: string;
  made_at?: number;
  name: string;
  page?: string;
  password: string;
  seq?: number;
  type: "renew_account";
}

/** Let a person log in no more. */
export interface DropAccount {
  aside?: boolean;
  key: string;
  made_at?: number;
  name: string;
  page?: string;
  seq?: number;
  type: "drop_account";
}

/** Write the labels to a file, and offer its parts. */
export interface Export {
  aside?: boolean;
  consensus: boolean;
  excel: boolean;
  format: string;
  key: string;
  made_at?: number;
  page?: string;
  seq?: number;
  type: "export";
}

/** The part of the file that begins `at` a byte. */
export interface AskPart {
  aside?: boolean;
  at: number;
  key: string;
  made_at?: number;
  page?: string;
  seq?: number;
  type: "export_part";
}

/** The page has the file, or wants it no more. */
export interface ExportOver {
  aside?: boolean;
  key: string;
  made_at?: number;
  page?: string;
  seq?: number;
  type: "export_over";
}

/** The project; said again whenever its task changes. */
export interface OwnerSetup {
  annotator: string;
  classes: Array<ClassSaid>;
  guideline: string;
  heartbeat: number;
  keys: Record<string, string>;
  language: string;
  login: boolean;
  multi_label: boolean;
  newest: number;
  project: string;
  session: string;
  task: "boxes" | "classes" | "points" | "polygons" | "spans";
  title: string;
  type: "owner_setup";
}

/** A section is computing, or is done with it. */
export interface OwnerBusy {
  busy: boolean;
  section: string;
  type: "owner_busy";
}

/** Why a section has nothing to show, or None once it has again. */
export interface OwnerTrouble {
  message: string | null;
  section: string;
  type: "owner_trouble";
}

/** How far the project is; `trained` is whether there is a model. */
export interface OwnerProgress {
  accuracy: EstimateSaid | null;
  counts: Array<[string, number]>;
  curve: Array<CurvePoint>;
  left: number;
  message: string;
  n_adjudicated: number;
  n_gold: number;
  n_labelled: number;
  n_samples: number;
  n_skipped: number;
  seconds_per_label: EstimateSaid | null;
  state: string;
  trained: boolean;
  type: "owner_progress";
}

/** All who answered, by name. */
export interface OwnerPeople {
  people: Array<PersonSaid>;
  type: "owner_people";
}

/** What one annotator did. */
export interface PersonSaid {
  agreement: EstimateSaid | null;
  annotator: string;
  gold: EstimateSaid | null;
  labels: number;
  last_seen: string | null;
  seconds: EstimateSaid | null;
  skips: number;
}

/** Krippendorff's alpha of all, Cohen's kappa of every two; alpha of blind labels alone. */
export interface OwnerAgreement {
  alpha: AgreementSaid | null;
  annotators: Array<string>;
  blind: AgreementSaid | null;
  comparable: boolean;
  pairs: Array<AgreementSaid>;
  type: "owner_agreement";
}

/** How far two annotators agree, or all; `value` is None where it is undefined. */
export interface AgreementSaid {
  annotators: Array<string>;
  n: number;
  percent: number | null;
  value: EstimateSaid | null;
}

/** What each annotator mistakes for what, of the most frequent classes. */
export interface OwnerConfusion {
  classes: Array<string>;
  comparable: boolean;
  n_classes: number;
  people: Array<ConfusionSaid>;
  type: "owner_confusion";
}

/** Counts of what an annotator said (columns) by the consensus (rows). */
export interface ConfusionSaid {
  annotator: string;
  counts: Array<Array<number>>;
}

/** The least certain of `n` disputed samples. */
export interface OwnerDisputed {
  comparable: boolean;
  entries: Array<DisputedEntry>;
  n: number;
  type: "owner_disputed";
}

/** A sample that annotators disagree on, with the consensus. */
export interface DisputedEntry {
  label: string | Array<string | Region>;
  probability: number;
  said: Array<SaidOf>;
  sample_id: string;
  small?: Small;
}

/** A label, and who gave it. */
export interface SaidOf {
  annotators: Array<string>;
  label: string | Array<string | Region>;
}

/** The worst of `n` doubtful labels, of those that were judged. */
export interface OwnerDoubtful {
  comparable: boolean;
  entries: Array<DoubtfulEntry>;
  judged: number;
  n: number;
  type: "owner_doubtful";
}

/** A label that the model finds unlikely. */
export interface DoubtfulEntry {
  annotator: string;
  event_id: number;
  label: string | Array<string | Region>;
  probability: number | null;
  sample_id: string;
  small?: Small;
  suggested: string | Array<string | Region>;
}

/** Whether suggestions help; `said` is None until there is enough to say. `conditions` are what is compared, and with what: "suggestions" and "none" outside of studies. `treated` and `control` are how many samples that chance assigned to either were labelled, and `needed` how many of each it takes. `hides` says whether chance hides suggestions. */
export interface OwnerHelp {
  conditions: Array<string>;
  control: number;
  hides: boolean;
  needed: number;
  said: HelpSaid | null;
  study: StudySaid | null;
  treated: number;
  type: "owner_help";
}

/** What suggestions do to the time for a sample; shares of time saved. */
export interface HelpSaid {
  accuracy: HelpAccuracy | null;
  annotators: number;
  claim: "general" | "these";
  high: number;
  low: number;
  saved: number;
  verdict: "costs" | "none" | "saves";
}

/** How accuracy compares, with and without suggestions; bounds are of the difference. */
export interface HelpAccuracy {
  control: number;
  high: number;
  low: number;
  margin: number;
  source: "audit" | "gold";
  treated: number;
  verdict: "higher" | "lower" | "not lower" | "slightly lower" | "unchanged" | "unclear";
}

/** A running study: what it compares, and how many of its planned labels there are. */
export interface StudySaid {
  conditions: Array<string>;
  labelled: number;
  number: number;
  planned: number;
}

/** Where the certified finish stands; `said` is None if nobody has asked for one. */
export interface OwnerFinish {
  said: FinishSaid | null;
  type: "owner_finish";
}

/** A certified finish: whether its promise holds, and how far the audit is. `state` is that of the newest attempt; `holds` whether a certificate is in force, perhaps an earlier one. `about` is None where the promise cannot be kept at the present error rate. */
export interface FinishSaid {
  about: number | null;
  checked: number;
  confidence: number;
  error_bound: number | null;
  holds: boolean;
  least: number;
  max_error: number;
  model: number;
  remaining: number;
  state: "ended" | "holds" | "running";
  why: string;
  wrong: number;
}

/** All sources of suggestions, in the order in which they came. */
export interface OwnerSuggesters {
  suggesters: Array<SuggesterSaid>;
  type: "owner_suggesters";
}

/** A source of suggestions beside the model, and how good it is. `weight` is what its vote counts, None until the model has read it; `trouble` what it could not do, or empty. */
export interface SuggesterSaid {
  by_class: Array<[string, EstimateSaid]>;
  live: boolean;
  name: string;
  right: EstimateSaid | null;
  state: "silent" | "stopped" | "used" | "waiting";
  trouble: string;
  votes: number;
  weight: number | null;
}

/** A sample to decide now; None if it cannot be. */
export interface OwnerOpened {
  entry: DisputeEntry | null;
  type: "owner_opened";
}

/** Whether a search for a better head runs, and what the last one found. */
export interface SearchSaid {
  running: boolean;
  said: string;
  type: "owner_search";
}

/** Who can log in, and the shortest password. Without accounts there is the `command` that makes some; `message` says why they cannot be read. */
export interface OwnerAccounts {
  accounts: Array<AccountSaid> | null;
  command: string;
  message: string | null;
  shortest: number;
  type: "owner_accounts";
}

/** A person who can log in; `mine` is the account of who looks at the page. */
export interface AccountSaid {
  mine: boolean;
  name: string;
  owner: boolean;
}

/** What the labels can be exported to, and whether their consensus can be. */
export interface OwnerFormats {
  consensus: boolean;
  formats: Array<FormatSaid>;
  type: "owner_formats";
}

/** A format that fits; a `folder` comes as an archive. */
export interface FormatSaid {
  ending: string;
  folder: boolean;
  name: string;
}

/** How far the file is. */
export interface ExportProgress {
  done: number;
  key: string;
  packing: boolean;
  total: number;
  type: "export_progress";
}

/** The file is there. */
export interface Exported {
  key: string;
  labels: number;
  name: string;
  size: number;
  type: "exported";
}

/** A part of the file, as a buffer; the `last` one ends it. */
export interface ExportPart {
  at: number;
  key: string;
  last: boolean;
  type: "export_part";
}

/** Why there is no file; one that is too large is written by the `command`. With `several`, people gave a sample different labels, and the format has room for one. */
export interface ExportFailed {
  command?: string;
  key: string;
  megabytes?: number;
  message: string;
  several?: boolean;
  type: "export_failed";
}

/** A change is made; of an account with its `password`, which is not said again. */
export interface Edited {
  key: string;
  password?: string;
  type: "edited";
}

/** A change is not made; `changed` where somebody else has changed the same meanwhile. */
export interface EditRefused {
  changed: boolean;
  key: string;
  message: string;
  type: "edit_refused";
}

export type FromPage = Ready | More | Answer | Verify | Undo | Redo | Heartbeat | Bye | Switched | Pages | AskHistory | Reopen | OpenSkipped | Keep | Flag | AskReview | OpenReview | Confirm | RankRegion | AskProgress | AskFull | AskExamples | AddClass | ChangeKey | AskDisputes | Adjudicate | UndoAdjudicate;

export type FromKernel = Setup | Samples | PagesSaid | Taken | Ack | UndoneSaid | Redone | Refresh | Noted | NotOpened | Opened | HeartbeatSaid | Refused | Failed | HistorySaid | Reviewing | ReviewSaid | RankedRegion | ProgressSaid | Full | Examples | ClassRefused | ClassAdded | KeyRefused | KeyChanged | Disputes | Unadjudicated;

export type FromOwner = Ready | Heartbeat | Bye | AskDisputes | Adjudicate | UndoAdjudicate | Confirm | OwnerReview | OwnerOpen | OwnerSearch | EditGuideline | EditClass | NewClass | DropClass | OrderClasses | AddAccount | RenewAccount | DropAccount | Export | AskPart | ExportOver;

export type ToOwner = OwnerSetup | OwnerBusy | OwnerTrouble | HeartbeatSaid | Noted | Refused | Failed | Disputes | Unadjudicated | OwnerProgress | OwnerPeople | OwnerAgreement | OwnerConfusion | OwnerDisputed | OwnerDoubtful | OwnerHelp | OwnerFinish | OwnerSuggesters | OwnerOpened | SearchSaid | OwnerAccounts | OwnerFormats | ExportProgress | Exported | ExportPart | ExportFailed | Edited | EditRefused;
