// Search in the criteria: shows the entries that hold every word, and opens the way to them. Without this script the
// document is there all the same.

const form = document.getElementById('find');
const box = document.getElementById('find-text');
const count = document.getElementById('find-count');
const entries = [...document.querySelectorAll('#found section.entry')];
const parts = [...document.querySelectorAll('#found section.part')];
const texts = new Map(entries.map((entry) => [entry, entry.textContent.toLowerCase()]));

/** Hides what does not hold all the words. @param {string} wanted */
function find(wanted) {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const [entry, text] of texts) {
    entry.hidden = !words.every((word) => text.includes(word));
    if (!entry.hidden) found += 1;
  }
  for (const part of parts) {
    const within = [...part.querySelectorAll('section.entry')];
    const ownText = () => part.textContent.toLowerCase();
    part.hidden = words.length > 0 && (within.length ? within.every((entry) => entry.hidden)
      : !words.every((word) => ownText().includes(word)));
  }
  count.textContent = words.length ? `${found} of ${entries.length} entries` : '';
}

/** An address with an anchor shows its entry even when the search has hidden it. */
function showTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target?.closest('[hidden]')) return;
  box.value = '';
  find('');
  target.scrollIntoView();
}

form.addEventListener('submit', (event) => event.preventDefault());
box.addEventListener('input', () => find(box.value));
window.addEventListener('hashchange', showTarget);
