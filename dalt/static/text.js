// What the page says, by language.  Numbers are put in where {name} stands.

const TEXT = {
  en: {
    page: "Labeling page",
    waiting: "Waiting for the kernel…",
    done: "All samples are labelled or skipped",
    done_hint: "Nothing is left to do here. Undo still takes back your last answer.",
    empty: "No sample is free right now",
    empty_hint: "The ones that are left are held by other annotators. This page asks again every few seconds.",
    offline: "The kernel does not answer.",
    offline_kept_one: "1 answer is kept in this browser and will be sent again.",
    offline_kept: "{n} answers are kept in this browser and will be sent again.",
    offline_lab: "If it does not come back, run the cell again.",
    offline_reload: "If it does not come back, reload the page.",
    reload: "Reload",
    storage: "This browser does not keep data: stay on the page until all answers are sent.",
    sending_one: "1 answer is on its way",
    sending: "{n} answers are on their way",
    suggestions: "Suggestions",
    no_suggestion: "No suggestion for this sample yet: they come after the first few labels",
    accept: "Accept {name}, {percent}",
    choose: "{name}, key {key}",
    choose_keyless: "{name}",
    likely: "suggested with {percent}",
    classes: "Classes",
    skip: "Skip",
    undo: "Undo",
    last: "Last: {name}",
    last_skipped: "Last: skipped",
    last_page: "Last: a page of {n} as {name}",
    to_verify: "By the page",
    to_single: "One by one",
    propose_verify: "Verifying by the page should be quicker now",
    propose_single: "One by one should be quicker now",
    verify_title: "Are these all",
    verify_hint: "Click what is not, or move with the arrows and press Space; a class key says what it is instead.",
    verify_touch: "Tap what is not; a class below says what it is instead.",
    tiles: "Samples to verify, likeliest first",
    tile: "Sample {at} of {n}, {percent}: {said}",
    tile_right: "taken as {name}",
    tile_out: "left out",
    tile_other: "relabelled as {name}",
    confirm: "Confirm {n} as {name}",
    confirm_none: "None is {name}",
    confirm_others: "{n} relabelled",
    confirm_out: "{n} left out",
    unsure: "Nothing is sure enough to verify by the page",
    unsure_hint: "Go on one by one for a while: with every label the model gets surer.",
    nothing_to_undo: "There is nothing to undo.",
    sample: "Sample to label",
    broken: "This picture cannot be shown. Skip it, or tell the owner of the project.",
    broken_audio: "This sound cannot be played. Skip it, or tell the owner of the project.",
    progress: "{made} of {all} labelled",
    skipped: "{n} skipped",
    accuracy: "Suggestions right: {value} ({low}–{high}), from {n} uniformly drawn samples",
    accuracy_one: "Suggestions right: {value} ({low}–{high}), from 1 uniformly drawn sample",
    snapshot: "Snapshot {n}",
    no_snapshot: "No snapshot yet",
    learning: "learning…",
    failed: "Learning failed: {message}",
    refused: "Not recorded: {message}",
    trouble: "Not recorded yet, trying again: {message}",
    dismiss: "Dismiss",
    guideline: "Guideline",
    keys: "Keys",
    keys_title: "Keys of this page",
    key_accept: "Accept the first suggestion",
    key_skip: "Skip the sample",
    key_undo: "Take back the last answer",
    space: "Space",
    key_play: "Play or pause the sound",
    key_scroll: "Scroll a long sample",
    key_mode: "Switch between one by one and by the page",
    key_confirm: "By the page: confirm it",
    key_move: "By the page: move",
    key_toggle: "By the page: not of this class",
    key_help: "Show or hide this list",
    close: "Close",
    focus: "Click the page to use the keys",
    field: "Field",
    value: "Value",
  },
};

/** The strings of one language; unknown languages speak English. */
export function speak(language) {
  const table = TEXT[language] ?? TEXT.en;
  const locale = TEXT[language] ? language : "en";
  const number = new Intl.NumberFormat(locale);
  return {
    locale,
    number: (value) => number.format(value),
    // 0.996 must not read "100 %", nor 0.004 "0 %": both would be certainties.
    percent(share) {
      const whole = Math.round(share * 100);
      const sign = share < 1 && whole === 100 ? ">99" : share > 0 && whole === 0 ? "<1" : null;
      return `${sign ?? number.format(whole)}\u202f%`;
    },
    say(name, values = {}) {
      return table[name].replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ""));
    },
  };
}
