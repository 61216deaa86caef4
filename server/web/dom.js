// Elements made from data. Text is always text: nothing here reads markup.

/**
 * Makes an element. A value of true sets an attribute without text, undefined and false leave it out, and a function
 * listens to the event of that name.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | undefined | ((event: Event) => void)>} [attributes]
 * @param {...(Node | string | number | null | undefined | false)} children
 * @returns {any}
 */
export function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for drawings. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child))));
  return element;
}

/** @param {string} id @returns {any} */
export function byId(id) {
  return document.getElementById(id);
}

let numbered = 0;

/** An id that no other element of the page has. */
export function freshId(word) {
  numbered += 1;
  return `${word}-${numbered}`;
}

/** A button that copies what `text` gives, and says so. @param {() => string} text @param {string} label */
export function copyButton(text, label) {
  const said = el('span', { class: 'hint', role: 'status' });
  const button = el('button', {
    type: 'button',
    class: 'quiet',
    click: async () => {
      try {
        await navigator.clipboard.writeText(text());
        said.textContent = 'copied';
      } catch {
        said.textContent = 'your browser does not allow copying: select the text instead';
      }
    },
  }, label);
  return el('span', { class: 'copy' }, button, ' ', said);
}
