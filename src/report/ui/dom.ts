type Child = Node | string;

/** An element with a class and children. Strings become text nodes: nothing that a message says is ever read as HTML. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  made.append(...children);
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svgElement<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>>,
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** The element of the page that has this id. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element ${id}`);
  return found;
}

/** A table: names of columns, then rows of text. Columns from the second on are numbers if `numeric`. */
export function table(
  names: readonly string[],
  rows: readonly (readonly Child[])[],
  numericFrom: number,
): HTMLTableElement {
  const cell = (tag: 'th' | 'td', child: Child, index: number): HTMLElement =>
    element(tag, index >= numericFrom ? 'number' : '', child);
  const head = element('tr', '', ...names.map((name, index) => cell('th', name, index)));
  const body = rows.map((row) => element('tr', '', ...row.map((child, index) => cell('td', child, index))));
  return element('table', '', element('thead', '', head), element('tbody', '', ...body));
}
