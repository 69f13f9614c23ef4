/** The style sheet of a report: light and dark as the reader's system is, and paper. Text holds WCAG AA on every ground. */
export const STYLE = `
:root{color-scheme:light dark;--ground:#f4f6f8;--card:#fff;--line:#dfe4ea;--ink:#10171f;--ink2:#4a5663;--bad:#b42318;--bad-soft:#fdecea;--warn:#8a5a00;--ok:#0a7a4b;--ok-soft:#e2f5ec;--else:#1f5f99;--mark:#5b4b8a;--mute:#9fc0b0}
@media (prefers-color-scheme:dark){:root{--ground:#0b1015;--card:#141b22;--line:#2a3540;--ink:#eaf0f5;--ink2:#b3bfca;--bad:#ff8a80;--bad-soft:#2e1715;--warn:#f0b94a;--ok:#4ade9b;--ok-soft:#10291f;--else:#7fb8ee;--mark:#b9a8f0;--mute:#2f5a49}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:960px;margin:0 auto;padding:24px 16px 64px}
h1{font-size:1.6rem;line-height:1.25;margin:.3em 0;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:0 0 .6em}
h3{font-size:1rem;margin:1.4em 0 .4em;overflow-wrap:anywhere}
section,header{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:20px;margin:0 0 16px}
header{border-top:4px solid var(--bad)}
header.resolved{border-top-color:var(--ok)}
.badges{display:flex;flex-wrap:wrap;gap:8px;margin:0;padding:0;list-style:none}
.badges li{border:1px solid var(--line);border-radius:999px;padding:1px 12px;font-weight:600;font-size:.9rem;overflow-wrap:anywhere}
.badges .critical{background:var(--bad-soft);color:var(--bad);border-color:currentColor}
.badges .warning{color:var(--warn);border-color:currentColor}
.badges .resolved{background:var(--ok-soft);color:var(--ok);border-color:currentColor}
.lead{font-size:1.1rem;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 20px;margin:0}
dt{color:var(--ink2)}
dd{margin:0;overflow-wrap:anywhere}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:12px;margin:0;padding:0;list-style:none}
.figures b{display:block;font-size:1.5rem;line-height:1.2}
.figures span{color:var(--ink2);font-size:.9rem}
.note{color:var(--ink2);font-size:.9rem}
.scroll{overflow-x:auto}
.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--else);outline-offset:2px}
table{margin-bottom:18px;border-collapse:collapse;font-size:.9rem;min-width:50%}
caption{text-align:left;font-weight:600;padding:4px 0}
th,td{text-align:left;vertical-align:top;padding:4px 14px 4px 0;border-bottom:1px solid var(--line);overflow-wrap:break-word}
th{color:var(--ink2);font-weight:600}
th.n{text-align:right}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
pre,code{font:.85rem/1.5 ui-monospace,monospace}
pre{background:var(--ground);border:1px solid var(--line);border-radius:6px;padding:10px;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}
figure{margin:0 0 20px}
figcaption{font-weight:600;margin-bottom:4px;overflow-wrap:anywhere}
figure svg{display:block;width:100%;height:auto}
.multiples{display:grid;grid-template-columns:repeat(auto-fill,minmax(270px,1fr));gap:16px}
.multiples figure{margin:0}
.legend,.marks{list-style:none;margin:0 0 6px;padding:0;display:flex;flex-wrap:wrap;gap:2px 18px;font-size:.9rem}
.legend svg{display:inline-block;width:28px;height:10px;vertical-align:middle}
.marks{flex-direction:column;margin-bottom:16px;overflow-wrap:anywhere}
.axis line{stroke:var(--line)}
svg text{font:12px system-ui,sans-serif;fill:var(--ink2)}
svg text.value{fill:var(--ink)}
.line{fill:none;stroke-width:2}
.line.here,.dot.here{stroke:var(--bad)}
.line.here-tail{stroke:var(--bad);stroke-width:1;stroke-dasharray:2 2}
.line.else,.dot.else{stroke:var(--else);stroke-dasharray:8 3}
.line.else-tail{stroke:var(--else);stroke-width:1;stroke-dasharray:1 3}
.line.ok{stroke:var(--mute);stroke-width:8}
.line.fail{stroke:var(--bad);stroke-width:8}
.line.missed{stroke:var(--ink2);stroke-width:8;stroke-dasharray:2 2}
.dot{fill:var(--bad)}
.dot.else,.dot.else-tail{fill:var(--else)}
.bar.ok{fill:var(--mute)}
.bar.fail{fill:var(--bad)}
.bar.missed{fill:none;stroke:var(--ink2);stroke-dasharray:2 2}
.bar.phase{fill:var(--else)}
.mark line,line.mark{stroke:var(--mark);stroke-width:1.5;stroke-dasharray:4 3}
.mark.began line,line.mark.began,.mark.detected line,line.mark.detected{stroke:var(--bad)}
.mark.resolved line,line.mark.resolved{stroke:var(--ok)}
.mark rect{fill:var(--card);stroke:var(--mark)}
.mark.began rect,.mark.detected rect{stroke:var(--bad)}
.mark.resolved rect{stroke:var(--ok)}
.mark text{fill:var(--ink);font-size:14px;font-weight:700}
.tag{display:inline-block;min-width:1.5em;text-align:center;border:1px solid var(--mark);border-radius:3px}
.tag.began,.tag.detected{border-color:var(--bad)}
.tag.resolved{border-color:var(--ok)}
summary{cursor:pointer;color:var(--ink2);font-size:.9rem}
img{max-width:100%;height:auto;border:1px solid var(--line)}
@media (max-width:600px){main{padding:12px 8px 40px}section,header{padding:14px}dl{grid-template-columns:1fr}dt{margin-top:6px}table{width:max-content}td{max-width:70vw}.large svg text{font-size:22px}.large .mark text{font-size:18px}}
@media print{:root{color-scheme:light;--ground:#fff;--card:#fff;--line:#bbb;--ink:#000;--ink2:#333;--bad:#b42318;--bad-soft:#fff;--ok:#0a7a4b;--ok-soft:#fff;--else:#1f5f99;--mark:#5b4b8a;--mute:#9fc0b0}body{font-size:11pt}main{max-width:none;padding:0}section,header{border:0;border-top:1px solid #bbb;border-radius:0;padding:12px 0}figure,tr{break-inside:avoid}h2,h3{break-after:avoid}.scroll{overflow:visible}details::details-content{content-visibility:visible;block-size:auto}}
`;
