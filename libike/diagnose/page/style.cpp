#include "libike/diagnose/page/page.hpp"

namespace ike::diagnose::page {

/// Colours are variables, so that light and dark differ in one place; each severity also has a word and a
/// mark, not a colour alone.
std::string_view style() {
    return R"css(
:root{color-scheme:light dark;--bg:#fbfbf9;--fg:#1c1d1f;--dim:#5c6066;--line:#c9ccd1;--card:#fff;--error:#b3261e;--warning:#8a5a00;
--note:#2d5d86;--esp:#2b7a4b;--ike:#2447a8;--mark:#ffe9a8;--gap:#b3261e;--p0:#3566c0;--p1:#2f8f5b;--p2:#b06a1a;--p3:#8a4fb0;--p4:#1d8a93;--p5:#a33b62}
@media(prefers-color-scheme:dark){:root{--bg:#16181b;--fg:#e6e7e9;--dim:#9aa0a8;--line:#3a3f46;--card:#1f2226;--error:#ff8a80;
--warning:#f2c14e;--note:#8ec1ee;--esp:#7fd3a0;--ike:#9db8ff;--mark:#5a4a12;--gap:#ff8a80;--p0:#7ea2f0;--p1:#72cf9c;--p2:#e9a25a;--p3:#c79bea;--p4:#63cdd6;--p5:#ec8fb2}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1180px;padding:1.5rem;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:0 0 .3rem}h2{font-size:1.15rem;margin:2rem 0 .6rem}h3{font-size:1rem;margin:1.2rem 0 .4rem}
p{margin:.3rem 0}.dim,small{color:var(--dim)}a{color:inherit}code{font-family:ui-monospace,monospace;font-size:.92em}
.verdict{font-weight:600}.card{background:var(--card);border:1px solid var(--line);border-left:5px solid var(--note);border-radius:4px;
padding:.6rem .9rem;margin:.6rem 0;overflow-wrap:anywhere}.card.error{border-left-color:var(--error)}.card.warning{border-left-color:var(--warning)}
.card h3{margin:0}.card .severity{color:var(--note)}.card.error .severity{color:var(--error)}.card.warning .severity{color:var(--warning)}
.card:target{outline:3px solid var(--mark)}.frames a{display:inline-block;margin-right:.5em}
details{margin:.6rem 0}summary{cursor:pointer}ul{padding-left:1.2rem}
.draw{overflow-x:auto;border:1px solid var(--line);border-radius:4px;background:var(--card)}
svg{display:block;font:12px ui-monospace,monospace}svg text{fill:var(--fg)}svg .dim{fill:var(--dim)}svg .small{font-size:10px}svg .col{stroke:var(--line)}
svg .ike{stroke:var(--ike);fill:var(--ike)}svg .esp{stroke:var(--esp);fill:var(--esp)}svg .again{stroke-dasharray:4 3}
svg .hit{fill:transparent}svg g:target .hit,svg g:has(:target) .hit{fill:var(--mark)}svg .found{fill:var(--error)}svg .grid{stroke:var(--line);stroke-dasharray:2 4}
svg .gap{stroke:var(--gap)}svg .bar{opacity:.85}
svg .p0{fill:var(--p0)}svg .p1{fill:var(--p1)}svg .p2{fill:var(--p2)}svg .p3{fill:var(--p3)}svg .p4{fill:var(--p4)}svg .p5{fill:var(--p5)}
.key span{display:inline-block;margin-right:1.2em}.key i{display:inline-block;width:.9em;height:.9em;border-radius:2px;margin-right:.35em;vertical-align:-.1em}
.key .p0{background:var(--p0)}.key .p1{background:var(--p1)}.key .p2{background:var(--p2)}.key .p3{background:var(--p3)}.key .p4{background:var(--p4)}.key .p5{background:var(--p5)}
@media print{body{max-width:none}.draw{overflow:visible}}
)css";
}

}  // namespace ike::diagnose::page
