// What the page's modules hand to each other; what kernel and page say is in protocol/messages.d.ts.

import type { Remembered } from "./dom/remembered.js";
import type { ENGLISH } from "./i18n/english.js";
import type { OWNER_ENGLISH } from "./i18n/owner_english.js";
import type { speak } from "./i18n/text.js";
import type { KeyTable } from "./keys/keys.js";
import type { Marks } from "./marks/marks.js";
import type { Places } from "./marks/places.js";
import type { RegionStage } from "./marks/regions.js";
import type { SpanStage } from "./marks/spans.js";
import type { OwnerEngine, OwnerSetup } from "./owner/engine.js";
import type { speakToOwner } from "./owner/words.js";
import type { Engine } from "./protocol/engine.js";
import type * as messages from "./protocol/messages.js";
import type { MoreMenu } from "./views/more.js";
import type { VerifyView } from "./views/verify.js";

export type { ActiveClock } from "./dom/clock.js";
export type * from "./protocol/messages.js";
export type {
  ClassSaid as ClassSpec,
  EstimateSaid as Estimate,
  Flag as NoteMessage,
  HistorySaid as History,
  Noticed as Note,
  PageSaid as PageMessage,
  ProgressSaid as Progress,
  ProposedRegion as Proposal,
  Ranked as Suggestion,
  ReviewSaid as Review,
  SampleSaid as SampleMessage,
  Shown as Display,
  StandingSaid as Standing,
  UndoneSaid as Undone,
} from "./protocol/messages.js";
export type { Outbox } from "./protocol/outbox.js";
export type { Timeline } from "./protocol/timeline.js";

export type { Engine, KeyTable, Marks, Places, RegionStage, Remembered, SpanStage, VerifyView };

/** One class, or several, or what is marked. */
export type Label = NonNullable<messages.Answer["label"]>;
export type Point = [number, number];
export type Shape = Exclude<messages.Region["shape"], "span">;
export type SpanRegion = messages.Region & { shape: "span"; start: number; end: number };
/** How something on screen was looked at until it was answered. */
export type Look = Required<Pick<messages.Answer, "shown_at" | "active_ms" | "timing">>;
export type ShapeRegion = messages.Region & { shape: Shape; points: Point[] };

export type Timer = ReturnType<typeof setTimeout>;
export type Mode = "single" | "verify";
export type Bounds = [left: number, top: number, right: number, bottom: number];
export type Size = [width: number, height: number];

// --- the notebook around the page

/** The widget's model; of its state only what says why there is no page is synchronised. */
export interface Model {
  get(name: "notice" | "heading" | "saved"): string | undefined;
  send(message: object): void;
  on(name: "msg:custom", handler: (message: messages.FromKernel, buffers?: Buffers) => void): void;
  on(name: "comm_live_update", handler: () => void): void;
}

/** What `dalt serve` offers beside the kernel: addresses, and the name of the cookie that proves a request is a page's. */
export interface Server {
  state: string;
  login: string;
  logout: string;
  xsrf: string;
  /** The address to hand out to those who label; on the owner's page alone. */
  label?: string;
}

/** What `dalt serve` writes into a page. */
export interface Served {
  baseUrl: string;
  kernelId: string;
  dalt: Server;
}

// --- what is held

export type Buffers = DataView<ArrayBuffer>[];

/** A sample as it came, and what the page keeps with it. */
export interface Sample extends messages.SampleSaid {
  blob?: Blob;
  url?: string;
  /** What is marked in it. */
  marks?: Places | Marks;
  /** What was marked in it before the page was loaded anew. */
  draft?: Drawn<Mark>[];
  /** The names of the classes that are set. */
  set?: Set<string>;
  /** Whether the person has changed what is set. */
  begun?: boolean;
  /** When Enter was first pressed though nothing was suggested or set. */
  warned?: number;
  /** Whether the whole of its content was asked for. */
  asked?: boolean;
  /** How far it was scrolled. */
  scrolled?: number;
}

/** A page to verify; `said` has what is not of its class, null is a skip. */
export interface Page {
  id: string;
  label: string;
  samples: Sample[];
  said: Map<string, string | null>;
  turn?: number;
}

/** One step of undo and redo: an answer or a page; empty where only the kernel knows it. */
export interface Entry {
  sample?: Sample;
  label?: Label | null;
  page?: Page;
}

/** What must arrive, kept until the kernel has settled it; what a former page has left may be any of these. */
export interface Posted extends Stamp {
  type: Postable["type"];
  aside?: boolean;
  sample_id?: string | null;
  sample_ids?: string[];
  samples?: { sample_id: string }[];
  page_id?: string | null;
  up_to?: number | null;
}
export type Postable = Unposted<Keyed>;
/** An undo or a redo. */
export type Step = Unposted<messages.Undo | messages.Redo>;

type Keyed =
  | messages.Answer
  | messages.Verify
  | messages.Undo
  | messages.Redo
  | messages.Flag
  | messages.Confirm
  | messages.Adjudicate
  | messages.UndoAdjudicate;
/** Its key and its number are given where it is posted. */
type Unposted<M> = M extends Keyed ? Omit<M, "key" | "seq" | "made_at"> : never;

export interface Stamp {
  key: string;
  seq: number;
  made_at: number;
  tries?: number;
  due?: number;
}

/** What the page makes of the kernel's setup. */
export interface Task extends messages.Setup {
  /** Whether a sample is answered by more than one class. */
  several: boolean;
  /** Whether there are pages to verify. */
  pages: boolean;
}

export interface Notice {
  name: Phrase;
  message: string;
  key: string | null;
}

// --- events of the engine

export interface Told<M> {
  message: M;
  buffers: Buffers;
}

type KernelEvents = { [M in messages.FromKernel as `kernel:${M["type"]}`]: CustomEvent<Told<M>> };

export interface EngineEvents extends KernelEvents {
  change: Event;
  coach: Event;
  kept: CustomEvent<string>;
  notice: CustomEvent<Notice>;
  settled: CustomEvent<string | null>;
}

export type EngineOn = <K extends keyof EngineEvents>(
  type: K,
  listener: (event: EngineEvents[K]) => void,
  options?: AddEventListenerOptions,
) => void;

/** An event target that knows the engine's events. */
export type EngineTarget = Omit<EventTarget, "addEventListener"> & { addEventListener: EngineOn };

// --- words and keys

export type Phrase = keyof typeof ENGLISH;
export type Words = ReturnType<typeof speak>;

/** What a key does; one that `repeats` does so while it is held down. */
export type Action = (() => unknown) & { repeats?: boolean };
export type Press = Pick<KeyboardEvent, "key" | "target" | "shiftKey">;

// --- the page's parts

/** What stages are given. */
export interface Desk {
  engine: Engine;
  words: Words;
  setup: Task;
  keys: KeyTable;
  repaint(): void;
  /** Nothing is being drawn any more. */
  released(): void;
}

/** What add-ons are given. */
export interface AddonDesk {
  engine: Engine;
  root: HTMLElement;
  words: Words;
  setup: Task;
  keys: KeyTable;
  repaint(): void;
  /** The sample that keys speak of. */
  current(): Sample | null;
  /** Whether a letter is the key of a class. */
  taken(letter: string): boolean;
  rebuild(): void;
}

export interface Addon {
  button?: HTMLButtonElement;
  aside?: HTMLElement;
  tools?: HTMLElement | HTMLElement[];
  lines?: HTMLElement;
  status?: HTMLElement;
  panel?: HTMLElement | null;
  node?: HTMLElement | null;
  open?: boolean;
  paint?(): void;
  actionOf?(event: KeyboardEvent, letter: string): Action | "native" | null;
  expect?(field: string): void;
  close?(): void;
}

export interface Strip {
  node: HTMLElement;
  paint(
    suggestion: messages.Ranked | null,
    sample: Sample | null,
    broken?: boolean,
    standing?: messages.StandingSaid | null,
  ): void;
  urge?: () => void; // say that people have to choose themselves
  /** Answer with the names that are set, or say that people have to choose. */
  submit?: (sample: Sample, answer: (set: string[]) => void) => void;
}

/** What `buildSample` makes: a picture is ready when it is decoded. */
export interface Content {
  node: HTMLElement;
  ready: boolean;
}

/** What is being typed into a field, and where. */
export interface Typing {
  field: string | undefined;
  value: string;
  from: number | null;
  to: number | null;
}

// --- what is marked

/** A mark in a sample. */
export interface Mark {
  id: number;
  label: string;
  /** It came from the model and was not touched. */
  proposed: boolean;
  /** A proposal that does not count until it is taken. */
  outlined: boolean;
  /** The person named its class. */
  chosen?: boolean;
  /** What it is likely to be. */
  ranked: messages.Ranked | null;
}

/** A mark as it is kept over a reload. */
export type Drawn<M extends Mark = Mark> = Omit<M, "id" | "ranked">;

/** What was begun in a sample: marks, or classes that are set. */
export interface Drafted {
  sample_id: string;
  marks?: Drawn[];
  set?: string[];
}

/** A sample that is a picture. */
export type Pictured = Sample & { size: Size };
export type Proposed = messages.ProposedRegion & { region: ShapeRegion };

/** A span: from one UTF-16 unit to another. */
export interface Span extends Mark {
  from: number;
  to: number;
}

export interface Place extends Mark {
  points: Point[];
  probability: number | null;
  chosen: boolean;
}

/** What can be pulled of a shape: the numbers of the points whose x or y follows. */
export interface Handle {
  place: Point;
  xs: number[];
  ys: number[];
}

export type Kept = Pick<Place, "id" | "points" | "proposed" | "outlined" | "chosen">;

export type Stage = RegionStage | SpanStage;
export type Asker = Pick<Engine, "ask">;

/** A place in the window. */
export interface Spot {
  clientX: number;
  clientY: number;
}

/** What keys act on; it changes each time the page is built. */
export interface KeyDesk {
  readonly built: boolean;
  readonly keys: KeyTable;
  readonly addons: Addon[];
  readonly menu: MoreMenu | null;
  readonly covered: boolean;
  readonly helping: boolean;
  readonly verify: VerifyView | null;
  readonly spans: Stage | null;
  readonly shown: Sample | null;
  readonly stage: HTMLElement;
  help(open?: boolean): void;
  search(): void;
  choose(index: number | null): void;
  accept(): void;
  take(all: boolean): void;
  keep(): void;
  undo(): void;
  redo(): void;
  switchMode(): void;
}

// --- the owner's page

export type OwnerPhrase = keyof typeof OWNER_ENGLISH;
export type OwnerWords = ReturnType<typeof speakToOwner>;

/** What its sections are given. */
export interface OwnerDesk {
  engine: OwnerEngine;
  words: OwnerWords;
  setup: OwnerSetup;
  /** Aborted when the section is built anew, or the page goes. */
  signal: AbortSignal;
  /** Decide disputed samples, or a named one before them. */
  decide(sampleId: string | null): void;
}

export interface OwnerSection {
  /** Its content. */
  node: HTMLElement;
  /** What stands beside its title. */
  actions?: HTMLElement[];
  /** Whether its content stays in sight beside what went wrong. */
  keeps?: boolean;
  /** Take the changed task, of a section that lasts. */
  follow?(setup: OwnerSetup): void;
  close?(): void;
}

export interface OwnerSectionClass {
  new (desk: OwnerDesk): OwnerSection;
  /** Its name, as the kernel's half has it. */
  readonly section: string;
  readonly title: OwnerPhrase;
  /** Whether it takes the whole width. */
  readonly wide?: boolean;
  /** Whether a project's task has it; each has, where this is left out. */
  fits?(setup: OwnerSetup): boolean;
  /** Whether it follows a changed task; others are built anew. */
  readonly lasts?: boolean;
}
