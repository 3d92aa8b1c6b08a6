// What page and kernel say to each other.

export type Label = string | string[] | Region[];

/** Of a text, from one code point to another. */
export interface SpanRegion {
  shape: "span";
  label: string;
  start: number;
  end: number;
}
/** Of a picture, in its own pixels. */
export interface ShapeRegion {
  shape: Shape;
  label: string;
  points: Point[];
}
export type Region = SpanRegion | ShapeRegion;
export type Shape = "box" | "polygon" | "point";
export type Point = [number, number];

/** What was on screen when it was answered: names of classes, the likeliest first. */
export interface Seen {
  snapshot: number | null;
  classes: string[];
  probabilities: number[];
}

// --- from the page

export interface Ready {
  type: "ready";
  held: string[];
  former?: string | null;
}
export interface More {
  type: "more";
  held: string[];
}
export interface Answer {
  type: "answer";
  sample_id: string;
  label: Label | null;
  suggestion: Seen;
  proposed: Region[];
  shown_at: string;
  active_ms: number;
  mode: "single";
}
export interface Verify {
  type: "verify";
  page_id: string;
  samples: { sample_id: string; label: string | null; suggestion: Seen }[];
  shown_at: string;
  active_ms: number;
}
export interface Undo {
  type: "undo";
  sample_id?: string | null;
  page_id?: string;
  label?: string;
  sample_ids?: string[];
  up_to?: number;
}
export interface Redo {
  type: "redo";
  sample_ids: string[];
  up_to?: number;
}
export interface Heartbeat {
  type: "heartbeat";
}
export interface Bye {
  type: "bye";
}
export interface Pages {
  type: "pages";
  held: string[];
  size: number;
}
export interface AskHistory {
  type: "history";
  limit: number;
  known: string[];
}
export interface Reopen {
  type: "reopen";
  sample_id: string;
}
export interface OpenSkipped {
  type: "open_skipped";
}
export interface Keep {
  type: "keep";
  sample_id: string;
}
export interface NoteMessage {
  type: "note";
  sample_id: string;
  flagged: boolean;
  comment: string;
}
export interface AskReview {
  type: "review";
  known: string[];
}
export interface OpenReview {
  type: "open_review";
  sample_ids: string[];
}
export interface Confirm {
  type: "confirm";
  event_id: number;
}
export interface RankRegion {
  type: "rank_region";
  sample_id: string;
  region: Region;
  ask: number;
}
export interface DrawRegions {
  type: "draw_regions";
  key: string;
  margin: number;
  sample_id: string;
  size: [number, number];
  frame: [number, number];
  ratio: number;
  regions: { label: string; points: Point[]; proposed: boolean }[];
}
export interface AskProgress {
  type: "progress";
}
export interface AskFull {
  type: "full";
  sample_id: string;
}
export interface AskExamples {
  type: "examples";
  class: string;
}
export interface AddClass {
  type: "add_class";
  name: string;
}
export interface ChangeKey {
  type: "change_key";
  key: string;
  action?: string;
  class?: string;
}
export interface AskDisputes {
  type: "disputes";
  decided: string[];
  leave_out: string[];
}
export interface Adjudicate {
  type: "adjudicate";
  sample_id: string;
  label: string | string[];
}
export interface UndoAdjudicate {
  type: "undo_adjudicate";
  up_to?: number;
}

export type FromPage =
  | Ready
  | More
  | Answer
  | Verify
  | Undo
  | Redo
  | Heartbeat
  | Bye
  | Pages
  | AskHistory
  | Reopen
  | OpenSkipped
  | Keep
  | NoteMessage
  | AskReview
  | OpenReview
  | Confirm
  | RankRegion
  | DrawRegions
  | AskProgress
  | AskFull
  | AskExamples
  | AddClass
  | ChangeKey
  | AskDisputes
  | Adjudicate
  | UndoAdjudicate;

// --- from the kernel

export interface ClassSpec {
  name: string;
  description: string;
  key: string;
  colour: string;
  group: string | null;
  formerly: string[];
}
export interface Estimate {
  value: number;
  low: number;
  high: number;
  n: number;
}
export interface Standing {
  n_samples: number;
  n_labelled: number;
  n_skipped: number;
  snapshot: number | null;
  accuracy: Estimate | null;
  state: string;
  message: string;
  quicker: "single" | "verify" | null;
}
/** Classes by their places in the list of the setup, the likeliest first. */
export interface Suggestion {
  snapshot: number | null;
  classes: number[];
  probabilities: number[];
}
export interface Proposal {
  region: Region;
  probability: number;
}
export interface Display {
  kind: "image" | "text" | "table" | "audio";
  buffer: number | null;
  mime?: string;
  text?: string;
  rows?: [string, string][];
  width?: number;
  height?: number;
  reduced?: boolean;
}
export interface Note {
  flagged: boolean;
  comment: string;
}
export interface SampleMessage {
  id: string;
  suggestion: Suggestion;
  trouble: string | null;
  display: Display;
  size?: [number, number];
  answered?: { label: Label | null };
  before?: { label: Label | null };
  note?: Note;
  proposals?: Proposal[];
  submits_proposals?: boolean;
}
export interface PageMessage {
  id: string;
  label: string;
  samples: SampleMessage[];
  said: Record<string, string | null>;
}
export interface Small {
  kind: "image" | "text" | "table" | "audio";
  text: string;
  mime?: string;
  buffer: number | null;
}

interface Ending {
  nothing: boolean;
  done: boolean;
  skipped: boolean;
  no_samples: boolean;
}

export interface Setup {
  type: "setup";
  project: string;
  annotator: string;
  session: string;
  title: string;
  guideline: string;
  classes: ClassSpec[];
  multi_label: boolean;
  blind: boolean;
  language: string;
  heartbeat: number;
  acknowledged: number;
  newest: number;
  standing: Standing;
  task: "classes" | "spans" | "boxes" | "polygons" | "points";
  canvas: string | null;
  login: boolean;
  keys: Record<string, string>;
  new_classes: boolean;
  remap_keys: boolean;
  owner: boolean;
  adjudicates: boolean;
}
export interface Samples extends Ending {
  type: "samples";
  samples: SampleMessage[];
}
export interface PagesMessage extends Ending {
  type: "pages";
  pages: PageMessage[];
}
export interface Taken {
  type: "taken";
  page_ids: string[];
}
/** An answer is recorded, or a page: it has no sample of its own. */
export interface Ack {
  type: "ack";
  key: string;
  kind: string;
  sample_id?: string;
  page_id?: string;
  newest: number;
  acknowledged: number;
  page: string | null;
}
export interface Undone {
  type: "undone";
  key: string;
  sample_ids: string[];
  page_id: string | null;
  newest?: number;
  acknowledged: number;
  samples: SampleMessage[];
  reopened: PageMessage | null;
}
export interface Redone {
  type: "redone";
  key: string;
  sample_ids: string[];
  paged: boolean;
  newest?: number;
  acknowledged: number;
}
export interface Refresh {
  type: "refresh";
  suggestions: Record<string, Suggestion & { proposals?: Proposal[]; submits_proposals?: boolean }>;
  standing: Standing;
}
export interface Noted {
  type: "noted";
  key: string;
  newest?: number;
}
export interface NotOpened {
  type: "not_opened";
}
export interface Opened {
  type: "opened";
  samples: SampleMessage[];
}
export interface HeartbeatReply {
  type: "heartbeat";
}
export interface Refused {
  type: "refused";
  key: string | null;
  message: string;
}
export interface Failed {
  type: "failed";
  key: string | null;
  message: string;
}
export interface HistoryEntry {
  event_id: number;
  sample_id: string;
  label: Label | null;
  mode: string;
  flagged: boolean;
  small?: Small;
}
export interface History {
  type: "history";
  entries: HistoryEntry[];
  more: boolean;
}
export interface Reviewing {
  type: "reviewing";
}
export interface ReviewEntry {
  event_id: number;
  sample_id: string;
  label: Label;
  suggested: Label;
  probability: number | null;
  small?: Small;
}
export interface Review {
  type: "review";
  entries: ReviewEntry[];
  n: number;
  judged: number;
  trouble: string | null;
}
export interface RankedRegion extends Suggestion {
  type: "ranked_region";
  ask: number;
}
export interface RegionsDrawn {
  type: "regions_drawn";
  key: string;
}
export interface CurvePoint {
  n_labels: number;
  accuracy: Estimate;
}
export interface Progress {
  type: "progress";
  counts: [string, number][];
  curve: CurvePoint[];
  seconds_per_label: Estimate | null;
  left: number;
}
export interface Full {
  type: "full";
  sample_id: string;
  mime: string;
  text: string;
}
export interface Examples {
  type: "examples";
  class: string;
  examples: Small[];
}
export interface ClassRefused {
  type: "class_refused";
  message: string;
}
export interface ClassAdded {
  type: "class_added";
  name: string;
}
export interface KeyRefused {
  type: "key_refused";
  message: string;
}
export interface KeyChanged {
  type: "key_changed";
  class: string;
  action: string;
}
export interface DisputeEntry {
  sample: SampleMessage;
  answers: { annotator: string; label: Label }[];
}
export interface Disputes {
  type: "disputes";
  entries: DisputeEntry[];
  n: number;
  trouble: string | null;
}
export interface Unadjudicated {
  type: "unadjudicated";
  entries: DisputeEntry[];
}

export type FromKernel =
  | Setup
  | Samples
  | PagesMessage
  | Taken
  | Ack
  | Undone
  | Redone
  | Refresh
  | Noted
  | NotOpened
  | Opened
  | HeartbeatReply
  | Refused
  | Failed
  | History
  | Reviewing
  | Review
  | RankedRegion
  | RegionsDrawn
  | Progress
  | Full
  | Examples
  | ClassRefused
  | ClassAdded
  | KeyRefused
  | KeyChanged
  | Disputes
  | Unadjudicated;
