"""How the printed page looks: two columns, words and codes, black on white."""

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; color: #1a1a1a; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; }
h2 { font-size: 1.15rem; border-bottom: 2px solid #444; margin: 2rem 0 .6rem; }
.legend dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
.legend dd { margin: 0; grid-column: 2; }
.legend dt { grid-column: 1; max-width: 20rem; overflow-wrap: anywhere; }
.when, .place, time, .by, .remark { color: #555; font-size: .8rem; }
.scenario { margin: .5rem 0 1rem; padding: .5rem .8rem; background: #f2f2f2;
  border-inline-start: 4px solid #888; white-space: pre-wrap; overflow-wrap: anywhere; }
.said { display: grid; grid-template-columns: 2fr 1fr; gap: 1rem; padding: .4rem 0;
  border-bottom: 1px solid #ddd; break-inside: avoid; }
.words p, .codes p { margin: 0 0 .15rem; overflow-wrap: anywhere; }
.who { font-weight: 600; }
.line { float: inline-end; margin-inline-start: 1rem !important; }
.text, .remark { white-space: pre-wrap; }
.joined .words { border-inline-start: 3px solid #3366aa; padding-inline-start: .6rem; }
.reply { color: #555; font-size: .85rem; border-inline-start: 2px solid #bbb;
  padding-inline-start: .5rem; }
.tag { border: 1px solid #999; border-radius: .3rem; padding: .1rem .4rem; width: fit-content; }
.verified { border: 2px solid #176b3a; background: #eef7f1; }
.settled { color: #176b3a; font-size: .8rem; }
.missing { text-align: center; color: #8a4b00; font-style: italic; }
.gone { color: #8a1c1c; }
@media print { body { font-size: 10pt; max-width: none; margin: 0; padding: 0; }
  .talk { break-before: page; } .verified, .scenario { print-color-adjust: exact; } }
"""
