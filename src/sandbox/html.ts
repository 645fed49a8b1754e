// HTML for the sandbox's pages: a template tag that escapes what it is given, and the frame all pages share.

/** A piece of HTML that is safe to send. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Piece = Html | string | number | null | readonly Piece[]

/** Builds HTML; every value is escaped, except pieces of {@link Html}. Null is nothing, an array is its items one after the other. */
export function html(strings: TemplateStringsArray, ...values: readonly Piece[]): Html {
  return new Html(strings.reduce((text, string, i) => text + render(values[i - 1] ?? null) + string))
}

function render(piece: Piece): string {
  if (piece === null) return ''
  if (piece instanceof Html) return piece.text
  if (typeof piece === 'object') return piece.map(render).join('')
  return String(piece).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** What pages are sent with: no script runs on them, and nobody frames them. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

/** A whole page; `accent` is the CRM's colour, `banner` says on every page that this is a stand-in. */
export function page(options: {
  readonly title: string
  readonly banner: string
  readonly accent: string
  readonly content: Html
}): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${options.title}</title>
<style>${new Html(styleOf(options.accent))}</style>
</head>
<body>
<p class="banner" role="note">${options.banner}</p>
<main>
${options.content}
</main>
</body>
</html>
`.text
}

function styleOf(accent: string): string {
  return `
:root { color-scheme: light dark; --accent: ${accent}; --text: #1f2933; --muted: #52606d; --paper: #fff; --desk: #f2f4f7; --line: #cbd2d9 }
@media (prefers-color-scheme: dark) {
  :root { --text: #f0f2f5; --muted: #aab4c0; --paper: #1d232b; --desk: #12161b; --line: #3a444f }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--desk); color: var(--text); font: 1rem/1.5 system-ui, sans-serif }
.banner { margin: 0; padding: .5rem 1rem; background: #ffd166; color: #3d2c00; text-align: center; font-size: .875rem }
main { width: min(36rem, 100% - 2rem); margin: 2rem auto; padding: clamp(1.25rem, 5vw, 2rem); background: var(--paper);
  border: 1px solid var(--line); border-radius: .75rem; overflow-wrap: anywhere }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25 }
h2 { margin: 1.5rem 0 .5rem; font-size: 1.0625rem }
p { margin: .5rem 0 }
a { color: inherit }
ul { padding-left: 1.25rem }
code { font: .875em ui-monospace, monospace }
.muted, small, dt { color: var(--muted) }
dl { display: grid; grid-template-columns: fit-content(45%) minmax(0, 1fr); gap: .25rem 1rem; margin: 1rem 0 }
dd { margin: 0 }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem }
button { min-height: 2.75rem; padding: .5rem 1.5rem; border: 1px solid var(--line); border-radius: .5rem; background: transparent;
  color: var(--text); font: inherit; font-weight: 600; cursor: pointer }
button.primary { border-color: var(--accent); background: var(--accent); color: #fff }
button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
@media (max-width: 32rem) { .actions button { flex: 1 1 100% } dl { grid-template-columns: 1fr } dd { margin-bottom: .5rem } }
`
}
