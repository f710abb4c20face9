import type { Capture, CaptureContext } from '../../core/capture.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Metlog } from '../../core/metlog.ts';
import type { Cancel } from '../../core/platform.ts';
import type { Message } from '../../core/schema.ts';
import { formatTimestamp } from '../../core/timestamp.ts';
import { describeElement } from './describe-element.ts';
import { onRouteChange } from './on-route-change.ts';
import { pathName } from './path-name.ts';

export interface BreadcrumbsOptions {
  /** How many are kept, and sent with each exception. At most 100. @default 20 */
  readonly max?: number | undefined;
}

const DEFAULT_COUNT = 20;
/** With the length of their texts, what a message over HTTP carries easily. */
const MAX_COUNT = 100;
/** UTF-16 units kept of one text: enough to recognise it. */
const MAX_TEXT_LENGTH = 120;

/**
 * Remembers what was said last, clicks and changes of route, and puts it into `metadata.breadcrumbs` of exceptions, the latest last. A click is its
 * element's tag, id and classes, never a text or a value; a route is its path with ids replaced by `:id`.
 */
export function breadcrumbs({ max = DEFAULT_COUNT }: BreadcrumbsOptions = {}): Capture {
  const limit = Math.min(Math.max(max, 0), MAX_COUNT);
  const clients = new WeakSet<Metlog>();
  let crumbs: JsonObject[] = [];
  let isActive = false;

  function add(crumb: JsonObject): void {
    if (isActive) crumbs = [...crumbs, crumb].slice(-limit);
  }

  function withCrumbs(message: Message): Message {
    if (message.type !== 'exception' || crumbs.length === 0 || 'breadcrumbs' in message.metadata) return message;
    return { ...message, metadata: { ...message.metadata, breadcrumbs: crumbs } };
  }

  function watchMessages(metlog: Metlog): void {
    if (clients.has(metlog)) return; // what is in use cannot be taken out
    clients.add(metlog);
    metlog.use({
      name: 'breadcrumbs',
      filters: [withCrumbs],
      onMessage: (message) => add(crumbOf(message)),
    });
  }

  function watchPage({ clock }: CaptureContext): Cancel {
    if (typeof document === 'undefined') return () => undefined;
    const onClick = (event: Event): void => {
      const target = describeElement(event.composedPath()[0]);
      if (target !== null) add({ timestamp: formatTimestamp(clock.now()), type: 'click', target });
    };
    let path = pathName(location.pathname);
    const endRoutes = onRouteChange(() => {
      const from = path;
      path = pathName(location.pathname);
      if (path !== from) add({ timestamp: formatTimestamp(clock.now()), type: 'route', from, to: path });
    });
    document.addEventListener('click', onClick, true); // on its way down, where nobody can stop it
    return () => {
      document.removeEventListener('click', onClick, true);
      endRoutes();
    };
  }

  return {
    name: 'breadcrumbs',
    start(context) {
      if (limit === 0) return () => undefined;
      watchMessages(context.metlog);
      isActive = true;
      const endPage = watchPage(context);
      return () => {
        endPage();
        isActive = false;
        crumbs = [];
      };
    },
  };
}

/** A message by its name, or by how its payload starts. */
function crumbOf({ type, timestamp, severity, payload, metadata }: Message): JsonObject {
  const { name } = metadata;
  const isNamed = typeof name === 'string';
  const text = isNamed ? name : payload.slice(0, MAX_TEXT_LENGTH + 1);
  const shown = text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
  return { timestamp, type, severity, [isNamed ? 'name' : 'text']: shown };
}
