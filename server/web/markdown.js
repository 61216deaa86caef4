// Markdown of a card as elements: marked renders it, DOMPurify leaves what a card may hold. Both come with the program.

const allowed = {
  ALLOWED_TAGS: ['p', 'br', 'strong', 'em', 'del', 'ul', 'ol', 'li', 'a', 'code', 'pre', 'blockquote', 'hr', 'h1', 'h2', 'h3',
    'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ALLOWED_ATTR: ['href', 'title'],
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

const { marked, DOMPurify } = /** @type {any} */ (window);

// DOMPurify as Debian 12 patched it (2.4.1+deb12u1) reads this name in a function that does not declare it, and stops
// there. The value is that of a shallow document, which ours is; without it no card would have details.
/** @type {any} */ (window).shadowNode ??= { __depth: 0 };

// Cards hold no HTML. Should any arrive, it is shown as the text that it is.
const escaped = (html) => html.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
marked.use({ gfm: true, mangle: false, headerIds: false, renderer: { html: escaped, image: (_href, _title, text) => escaped(text) } });

/** @param {string} text GitHub Flavored Markdown @returns {DocumentFragment} */
export function markdown(text) {
  const fragment = DOMPurify.sanitize(marked.parse(text), allowed);
  for (const link of fragment.querySelectorAll('a[href]')) {
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
  }
  // The page has headings of its own.
  for (const heading of fragment.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
    const paragraph = document.createElement('p');
    paragraph.append(...heading.childNodes);
    heading.replaceWith(paragraph);
  }
  return fragment;
}
