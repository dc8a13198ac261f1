import { type Html, trusted } from '../../http/html.ts'

/** Icons, what stands on the sills, and what lights need: drawn once, used by name. */
export const symbols: Html = trusted(`<svg class="symbols" width="0" height="0" aria-hidden="true">
<defs>
<filter id="soft" x="-30%" y="-40%" width="160%" height="180%"><feGaussianBlur stdDeviation="9"/></filter>
<linearGradient id="haze" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="var(--haze)" stop-opacity="0"/><stop offset="1" stop-color="var(--haze)"/></linearGradient>
</defs>
<symbol id="icon-laptop" viewBox="0 0 28 28"><path d="M6 6.5h16v12H6zM2.5 21.5h23"/></symbol>
<symbol id="icon-phone" viewBox="0 0 28 28"><path d="M9 3.5h10a1.5 1.5 0 0 1 1.5 1.5v18a1.5 1.5 0 0 1-1.5 1.5H9A1.5 1.5 0 0 1 7.5 23V5A1.5 1.5 0 0 1 9 3.5zM12.5 21.5h3"/></symbol>
<symbol id="icon-tablet" viewBox="0 0 28 28"><path d="M6.5 3.5h15A1.5 1.5 0 0 1 23 5v18a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 5 23V5a1.5 1.5 0 0 1 1.5-1.5zM12.5 21.5h3"/></symbol>
<symbol id="thing-laptop" overflow="visible"><path class="thing" d="M30 34h40a2 2 0 0 1 2 2v24H28V36a2 2 0 0 1 2-2zM20 60h60v2.5a1.5 1.5 0 0 1-1.5 1.5h-57a1.5 1.5 0 0 1-1.5-1.5z"/><path class="screen" d="M32 38h36v19H32z"/></symbol>
<symbol id="thing-phone" overflow="visible"><path class="thing" d="M41 30h18a3 3 0 0 1 3 3v31H38V33a3 3 0 0 1 3-3z"/><path class="screen" d="M41 34h18v25H41z"/></symbol>
<symbol id="thing-tablet" overflow="visible"><path class="thing" d="M34 26h32a3 3 0 0 1 3 3v35H31V29a3 3 0 0 1 3-3z"/><path class="screen" d="M34.5 30h31v29h-31z"/></symbol>
</svg>`)

/** The sky, the sun or the moon, and the town behind with its bell tower. */
export const sky: Html = trusted(`<div class="sky" aria-hidden="true">
<svg class="orb" viewBox="0 0 88 88"><circle class="sun" cx="44" cy="44" r="44"/><path class="moon" d="M52 6A40 40 0 1 0 82 58 34 34 0 0 1 52 6z"/></svg>
<svg class="town" viewBox="0 0 1600 700" preserveAspectRatio="xMidYMax slice">
<g class="stars"><circle cx="1420" cy="112" r="1.3"/><circle cx="870" cy="52" r="1.4"/><circle cx="905" cy="126" r="1"/><circle cx="1330" cy="70" r="1.2"/><circle cx="1490" cy="140" r="1.4"/><circle cx="86" cy="200" r="1"/><circle cx="1236" cy="210" r="1"/></g>
<path fill="var(--far)" d="M0 700V318l40-34 40 34v-20h70v-26l36-30 36 30v44h60v-30h84l34-36 34 36v52h58v-34h66v-22h76v40h70l44-38 44 38v-18h92v-30l34-28 34 28v48h66v-26h80l30-34 30 34v30h52v-44h54V148h-8v-10h10l22-58 22 58h10v10h-8v130h44l38-34 38 34v-22h70v34h64v-40l34-30 34 30v40h44v380z"/>
<path fill="var(--near)" d="M0 700V432h52l30-30 30 30v-28h96v34h50v-52l40-34 40 34v30h88v-22h62v36h80l36-36 36 36v-22h100v-26h76v40h58l40-38 40 38v-30h84v44h56v-52h78l38-34 38 34v34h70v-24h92v42h48l30-30 30 30v262z"/>
<path fill="var(--sky-mid)" d="M1280 196v-14a8 8 0 0 1 16 0v14z"/><path fill="var(--kerb)" d="M1283 192q3-3 3-8a2 2 0 0 1 4 0q0 5 3 8z"/>
<path fill="url(#haze)" d="M0 420h1600v280H0z"/>
</svg>
</div>`)
