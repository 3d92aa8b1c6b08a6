"""The style of the report: the page's colours, in light and dark, from a phone to a wide screen."""

LIGHT = """
  --ground: #f5f6f8; --surface: #ffffff; --text: #1a1f27; --muted: #55606e; --line: #d5dbe3;
  --line-strong: #7d8897; --accent: #2457d6; --accent-soft: #e6edfd; --other: #9a5b00;
  --warn-ground: #fff4d6; --warn-line: #d9a514; --warn-text: #5c4300; color-scheme: light;
"""
DARK = """
  --ground: #14171c; --surface: #1d2229; --text: #e8ecf2; --muted: #a3aebb; --line: #323a45;
  --line-strong: #77828f; --accent: #8fb2ff; --accent-soft: #22304e; --other: #f0b45c;
  --warn-ground: #362b0d; --warn-line: #a9841d; --warn-text: #ffe3a1; color-scheme: dark;
"""
STYLE = (
    ".dalt-report {"
    + LIGHT
    + """}
@media (prefers-color-scheme: dark) { .dalt-report {"""
    + DARK
    + """} }
[data-theme="light"] .dalt-report, [data-jp-theme-light="true"] .dalt-report {"""
    + LIGHT
    + """}
[data-theme="dark"] .dalt-report, [data-jp-theme-light="false"] .dalt-report {"""
    + DARK
    + """}
.dalt-report {
  container-type: inline-size; box-sizing: border-box; padding: 28px 20px 40px;
  background: var(--ground); color: var(--text);
  font: 400 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans",
    "Noto Sans KR", "Noto Sans CJK KR", "Apple SD Gothic Neo", "Malgun Gothic", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
.dalt-report *, .dalt-report *::before { box-sizing: border-box; }
.dalt-report > * { max-width: 900px; margin-inline: auto; }
.dalt-report :is(h1, h2, h3, p, dl, dd, ul, figure) { margin: 0; }
.dalt-report h1 { font-size: 24px; line-height: 1.25; font-weight: 650; }
.dalt-report h2 { font-size: 18px; line-height: 1.3; font-weight: 650; }
.dalt-report h3 { margin-top: 8px; font-size: 14px; font-weight: 650; }
.dalt-report-muted, .dalt-report figcaption, .dalt-report-more {
  color: var(--muted); font-size: 13px;
}
.dalt-report footer { margin-top: 16px; }
.dalt-report-card {
  display: grid; gap: 12px; margin-top: 16px; padding: 18px 20px 20px; background: var(--surface);
  border: 1px solid var(--line); border-radius: 14px; min-width: 0;
}
.dalt-report-card > * { min-width: 0; }
.dalt-report-said { font-size: 22px; line-height: 1.35; font-weight: 600; }
.dalt-report-main { border-inline-start: 5px solid var(--accent); }
.dalt-report-means { font-size: 15px; }
.dalt-report-tiles {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 14px 20px;
}
.dalt-report-tiles dt { color: var(--muted); font-size: 13px; }
.dalt-report-tiles dd:nth-of-type(1) { font-size: 20px; font-weight: 600; line-height: 1.3; }
.dalt-report-tiles dd:nth-of-type(2) { color: var(--muted); font-size: 13px; }
.dalt-report svg { display: block; width: 100%; overflow: visible; }
.dalt-report svg text { fill: var(--muted); font-size: 12px; font-family: inherit; }
.dalt-report .g { stroke: var(--line); }
.dalt-report .z { stroke: var(--line-strong); stroke-dasharray: 3 3; }
.dalt-report .w { stroke: var(--accent); stroke-width: 2.5; stroke-linecap: round; }
.dalt-report .w.b { stroke: var(--other); }
.dalt-report .d { fill: var(--accent); }
.dalt-report .d.b { fill: var(--other); }
.dalt-report .s { stroke: var(--line-strong); stroke-width: 2; }
.dalt-report .d.s { fill: var(--line-strong); stroke: none; }
.dalt-report-row {
  display: grid; grid-template-columns: minmax(90px, 200px) minmax(0, 1fr) 124px; gap: 4px 14px;
  align-items: center; min-height: 30px; font-size: 14px;
}
.dalt-report-row > :last-child { text-align: end; white-space: nowrap; }
.dalt-report-row .dalt-report-more { display: block; line-height: 1.3; }
.dalt-report-row + .dalt-report-row.main { margin-bottom: 6px; }
.dalt-report-row.main { font-weight: 650; }
.dalt-report-row.main .dalt-report-more { font-weight: 400; }
.dalt-report-key { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; }
.dalt-report-key span::before {
  content: ""; display: inline-block; width: 10px; height: 10px; margin-inline-end: 6px;
  border-radius: 50%; background: var(--accent);
}
.dalt-report-key .b::before { background: var(--other); border-radius: 2px; }
.dalt-report ul { padding-inline-start: 20px; display: grid; gap: 6px; }
.dalt-report-notes {
  color: var(--warn-text); background: var(--warn-ground); border-color: var(--warn-line);
}
.dalt-report details { font-size: 14px; }
.dalt-report details > :not(summary) { margin-top: 10px; }
.dalt-report summary { cursor: pointer; font-weight: 600; min-height: 28px; }
.dalt-report summary:focus-visible, .dalt-report-scroll:focus-visible {
  outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px;
}
.dalt-report-scroll { overflow-x: auto; }
.dalt-report table { width: 100%; border-collapse: collapse; font-size: 13px; }
.dalt-report :is(th, td) {
  padding: 6px 10px 6px 0; text-align: start; vertical-align: baseline; font-weight: 400;
  border-bottom: 1px solid var(--line); background: none; color: inherit;
}
.dalt-report thead th { color: var(--muted); }
.dalt-report .n { text-align: end; white-space: nowrap; }
@container (width <= 560px) {
  .dalt-report-card { padding: 14px 14px 16px; border-radius: 12px; }
  .dalt-report-said { font-size: 19px; }
  .dalt-report-row { grid-template-columns: minmax(0, 1fr) auto; padding-block: 4px; }
  .dalt-report-row > :nth-child(2) { grid-area: 2 / 1 / 3 / 3; }
  .dalt-report-row.axis > :is(:first-child, :last-child) { display: none; }
  .dalt-report-tiles { grid-template-columns: 1fr 1fr; }
}
@media print { .dalt-report { background: none; } .dalt-report-card { break-inside: avoid; } }
"""
)
"""Everything begins with ``.dalt-report``, so it fits into a notebook's cell too."""
