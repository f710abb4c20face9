import { Prec, StateEffect, StateField, type EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap, showTooltip, type Command, type TooltipView } from '@codemirror/view';
import { optionsFor, type Names, type Option } from './sql-names.ts';

// CodeMirror's own completion brings its parsers along, which weigh more than all pages of the report together.

/** What is offered at the cursor. */
interface Offer {
  /** Where the word begins. */
  readonly from: number;
  readonly options: readonly Option[];
  readonly selected: number;
}

const LIST_ID = 'sql-options';
const setOffer = StateEffect.define<Offer | null>();

/** Offers names while they are typed, and at Ctrl+Space. Enter and Tab take one, Escape takes the list away. */
export function sqlCompletion(names: () => Names): Extension {
  const offers = StateField.define<Offer | null>({
    create: () => null,
    update(offer, transaction) {
      for (const effect of transaction.effects) if (effect.is(setOffer)) return effect.value;
      const isTyped = transaction.isUserEvent('input.type') || (offer !== null && transaction.isUserEvent('delete'));
      if (transaction.docChanged) return isTyped ? offerAt(transaction.state, names(), false) : null;
      return transaction.selection === undefined ? offer : null;
    },
    provide: (field) => [
      showTooltip.from(field, (offer) =>
        offer === null ? null : { pos: offer.from, create: (view) => listOf(offer, view) },
      ),
      EditorView.contentAttributes.from(field, (offer): Record<string, string> => {
        const base = { 'aria-autocomplete': 'list' };
        if (offer === null) return base;
        return { ...base, 'aria-controls': LIST_ID, 'aria-activedescendant': `${LIST_ID}-${offer.selected}` };
      }),
    ],
  });

  const move =
    (by: number): Command =>
    (view) => {
      const offer = view.state.field(offers);
      if (offer === null) return false;
      const { length } = offer.options;
      view.dispatch({ effects: setOffer.of({ ...offer, selected: (offer.selected + by + length) % length }) });
      return true;
    };
  const take: Command = (view) => {
    const offer = view.state.field(offers);
    const option = offer?.options[offer.selected];
    if (!offer || option === undefined) return false;
    takeOption(view, offer, option);
    return true;
  };
  const end: Command = (view) => {
    if (view.state.field(offers) === null) return false;
    view.dispatch({ effects: setOffer.of(null) });
    return true;
  };
  const begin: Command = (view) => {
    view.dispatch({ effects: setOffer.of(offerAt(view.state, names(), true)) });
    return true;
  };
  return [
    offers,
    EditorView.domEventHandlers({ blur: (_event, view) => end(view) && false }),
    Prec.highest(
      keymap.of([
        { key: 'ArrowDown', run: move(1) },
        { key: 'ArrowUp', run: move(-1) },
        { key: 'Enter', run: take },
        { key: 'Tab', run: take },
        { key: 'Escape', run: end },
        { key: 'Ctrl-Space', run: begin },
      ]),
    ),
  ];
}

function offerAt(state: EditorState, names: Names, isAsked: boolean): Offer | null {
  const { head } = state.selection.main;
  const before = state.sliceDoc(0, head);
  const word = /\w*$/.exec(before)?.[0] ?? '';
  // A number is no name, and nothing is offered in a text or a comment.
  if (!isAsked && !/^[a-z_]/i.test(word)) return null;
  if (isInText(before)) return null;
  const from = head - word.length;
  const options = optionsFor(word, before.slice(0, from), state.doc.toString(), names);
  return options.length === 0 ? null : { from, options, selected: 0 };
}

/** Whether a text or a comment has begun and not ended. */
const isInText = (before: string): boolean =>
  /(?:'[^']*|--[^\n]*|\/\*(?:(?!\*\/)[^])*)$/.test(before.replace(/'[^']*'|"[^"]*"|\/\*[^]*?\*\/|--[^\n]*\n/g, ' '));

function takeOption(view: EditorView, { from }: Offer, { text }: Option): void {
  view.dispatch({
    changes: { from, to: view.state.selection.main.head, insert: text },
    selection: { anchor: from + text.length },
    effects: setOffer.of(null),
    userEvent: 'input.complete',
  });
}

function listOf(offer: Offer, view: EditorView): TooltipView {
  const dom = document.createElement('ul');
  dom.className = 'sql-options';
  dom.id = LIST_ID;
  dom.role = 'listbox';
  dom.ariaLabel = 'Completions';
  offer.options.forEach((option, index) => {
    const item = document.createElement('li');
    item.id = `${LIST_ID}-${index}`;
    item.role = 'option';
    item.ariaSelected = String(index === offer.selected);
    const kind = document.createElement('span');
    kind.textContent = option.kind;
    item.append(option.label, ' ', kind);
    item.addEventListener('mousedown', (event) => {
      event.preventDefault(); // the editor keeps the focus
      takeOption(view, offer, option);
    });
    dom.append(item);
  });
  return { dom };
}
