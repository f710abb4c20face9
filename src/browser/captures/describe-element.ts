/** Classes that are named: what tells elements apart comes first. */
const MAX_CLASSES = 3;
/** UTF-16 units kept of the whole. */
const MAX_LENGTH = 120;

/** What people mean when they say what they clicked on. */
const CONTROLS = 'a,button,input,select,textarea,label,summary,[role=button],[role=link],[role=tab],[role=menuitem]';

/** An element, or the control that it is part of, as `button#buy.primary`: tag, id and classes, never its text or value. Null for what is no element. */
export function describeElement(target: EventTarget | undefined): string | null {
  if (!(target instanceof Element)) return null;
  const element = target.closest(CONTROLS) ?? target;
  const id = element.getAttribute('id');
  const classes = (element.getAttribute('class') ?? '').split(/\s+/).filter((name) => name !== '');
  const parts = [
    element.tagName.toLowerCase(),
    id ? `#${id}` : '',
    ...classes.slice(0, MAX_CLASSES).map((name) => `.${name}`),
  ];
  return parts.join('').slice(0, MAX_LENGTH);
}
