// Cards as an EHR would render them, with real feedback to the service.

import { el, freshId } from './dom.js';
import { markdown } from './markdown.js';
import { post, Refused } from './server.js';
import { counted } from './words.js';

const words = { info: 'For information', warning: 'Advice', critical: 'Urgent' };

/** Only what a browser may open. @param {string} url */
function isWeb(url) {
  return /^https?:\/\//i.test(url);
}

function external(label, url) {
  return isWeb(url) ? el('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, label) : el('span', {}, label);
}

/**
 * The card as the service gives it to a record system: only such a card can be answered. The trail's own copy is not
 * counted as shown.
 * @param {any} card @param {string} service @param {any} request
 */
async function given(card, service, request) {
  if (!request.hook) throw new Refused('Only the answer to a CDS Hooks request can be accepted or dismissed; this is a bare FHIR resource.');
  const { cards } = await post(`cds-services/${encodeURIComponent(service)}`, JSON.stringify(request));
  const same = cards.find((one) => one.source?.topic?.code === card.source?.topic?.code);
  if (!same) throw new Refused('As of the server’s own date the service gives no such card. Put the clinical date back, then answer.');
  return same;
}

/** @param {any} card @param {string} service @param {any} request */
function answerer(card, service, request) {
  const said = el('p', { class: 'said', role: 'status' });
  const send = async (itemFor, done) => {
    said.className = 'said';
    said.textContent = 'Sending …';
    try {
      const shown = await given(card, service, request);
      const feedback = [{ card: shown.uuid, outcomeTimestamp: new Date().toISOString(), ...itemFor(shown) }];
      await post(`cds-services/${encodeURIComponent(service)}/feedback`, JSON.stringify({ feedback }));
      said.replaceChildren(`${done} The service has recorded it. `, el('a', { href: 'feedback' }, 'All feedback'));
      return true;
    } catch (error) {
      said.className = 'said problem';
      said.textContent = `Not recorded: ${error.message}`;
      return false;
    }
  };
  return { said, send };
}

function suggestion(one, answer) {
  const accept = el('button', {
    type: 'button',
    class: one.isRecommended ? 'primary' : undefined,
    click: async () => {
      const accepted = (shown) => shown.suggestions?.find((other) => other.label === one.label)?.uuid ?? one.uuid;
      const kept = await answer.send((shown) => ({ outcome: 'accepted', acceptedSuggestions: [{ id: accepted(shown) }] }),
        `Accepted: ${one.label}. In a record system ${counted(one.actions?.length ?? 0, 'draft')} would now wait for a signature.`);
      if (kept) accept.disabled = true;
    },
  }, one.label);
  return el('li', {}, accept, one.isRecommended && el('span', { class: 'hint' }, ' recommended'),
    el('details', {}, el('summary', {}, `What it would draft: ${counted(one.actions?.length ?? 0, 'resource')}`),
      ...(one.actions ?? []).flatMap((action) => [
        el('p', {}, action.description),
        el('pre', { tabindex: 0, role: 'region', 'aria-label': `Draft: ${action.description}` }, JSON.stringify(action.resource, null, 2)),
      ])));
}

function dismissal(card, answer) {
  const reason = freshId('reason');
  const comment = freshId('comment');
  const choice = el('select', { id: reason }, el('option', { value: '' }, 'No reason given'),
    ...(card.overrideReasons ?? []).map((one, place) => el('option', { value: place }, one.display ?? one.code)));
  const remark = el('input', { id: comment, type: 'text', maxlength: 500, autocomplete: 'off' });
  const dismiss = el('form', {
    class: 'dismissal',
    submit: async (event) => {
      event.preventDefault();
      const picked = card.overrideReasons?.[Number(choice.value)];
      const given = choice.value !== '' && picked ? { reason: { code: picked.code, system: picked.system, display: picked.display } } : {};
      const overrideReason = { ...given, ...(remark.value.trim() && { userComment: remark.value.trim() }) };
      const item = Object.keys(overrideReason).length ? { outcome: 'overridden', overrideReason } : { outcome: 'overridden' };
      if (await answer.send(() => item, 'Dismissed.')) event.submitter?.setAttribute('disabled', '');
    },
  }, el('p', {}, el('label', { for: reason }, 'Reason'), choice), el('p', {}, el('label', { for: comment }, 'In your words'), remark),
  el('button', {}, 'Dismiss'));
  return el('details', { class: 'dismiss' }, el('summary', {}, 'Dismiss, and say why'), dismiss);
}

/** One card. @param {any} card @param {string} service whose feedback address is used @param {any} request that it answers */
export function cardElement(card, service, request) {
  const title = freshId('card');
  const answer = answerer(card, service, request);
  return el('article', { class: `card ${words[card.indicator] ? card.indicator : 'info'}`, 'aria-labelledby': title, 'data-topic': card.source?.topic?.code },
    el('header', {},
      el('p', { class: 'indicator' }, words[card.indicator] ?? card.indicator),
      el('h3', { id: title }, card.summary)),
    card.detail && el('div', { class: 'detail' }, markdown(card.detail)),
    card.suggestions?.length > 0 && el('ul', { class: 'suggestions', 'aria-label': 'Suggestions' }, ...card.suggestions.map((one) => suggestion(one, answer))),
    card.links?.length > 0 && el('ul', { class: 'links', 'aria-label': 'Links' }, ...card.links.map((link) => el('li', {}, external(link.label, link.url)))),
    dismissal(card, answer),
    answer.said,
    el('footer', {}, 'Source: ', external(card.source?.label ?? 'not named', card.source?.url ?? '')));
}
