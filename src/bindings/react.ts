'use client'; // frameworks that render on the server load what holds state and context for the page

import { Component, createContext, createElement, useContext, type ErrorInfo, type ReactNode } from 'react';
import { claimError, expectEcho, takeEcho } from '../core/claimed-errors.ts';
import type { ExceptionOptions, Metlog } from '../core/metlog.ts';
import { SEVERITY } from '../core/severity.ts';
import { defaultMetlog } from '../core/default-metlog.ts';

/** UTF-16 units kept of the list of components around an error: the innermost come first. */
const MAX_STACK_LENGTH = 8_192;

const MetlogContext = /* @__PURE__ */ createContext<Metlog>(defaultMetlog);

export interface MetlogProviderProps {
  readonly metlog: Metlog;
  readonly children?: ReactNode;
}

/** Gives the components below it their client. Without one they use the default client. */
export function MetlogProvider({ metlog, children }: MetlogProviderProps): ReactNode {
  return createElement(MetlogContext.Provider, { value: metlog }, children);
}

/** The client of the provider above, else the default one, which is silent until `configure`. */
export function useMetlog(): Metlog {
  return useContext(MetlogContext);
}

export interface MetlogErrorBoundaryProps {
  /** Shown instead of the children once one of them threw. As a function it gets the error, and what shows the children again. @default nothing */
  readonly fallback?: ReactNode | ((error: unknown, reset: () => void) => ReactNode);
  readonly children?: ReactNode;
  /** @default the provider's, else the default client */
  readonly metlog?: Metlog | undefined;
}

interface BoundaryState {
  readonly caught: { readonly error: unknown } | null;
}

/** Sends what a component below it throws while it renders, as an exception with the components around it in `metadata.componentStack`, and shows the fallback. */
export class MetlogErrorBoundary extends Component<MetlogErrorBoundaryProps, BoundaryState> {
  static override readonly contextType = MetlogContext;
  declare readonly context: Metlog;
  override readonly state: BoundaryState = { caught: null };

  static getDerivedStateFromError(error: unknown): BoundaryState {
    return { caught: { error } };
  }

  override componentDidCatch(error: unknown, info: ErrorInfo): void {
    if (!takeEcho(error)) sendError(this.props.metlog ?? this.context, error, info, { handled: true });
  }

  override render(): ReactNode {
    const { fallback = null, children } = this.props;
    const { caught } = this.state;
    if (!caught) return children;
    return typeof fallback === 'function' ? fallback(caught.error, () => this.setState({ caught: null })) : fallback;
  }
}

type Handler = (error: unknown, info: { readonly componentStack?: string | null | undefined }) => void;

/** What `createRoot` and `hydrateRoot` take. */
export interface RootHandlers {
  readonly onUncaughtError: Handler;
  readonly onCaughtError: Handler;
  readonly onRecoverableError: Handler;
}

/**
 * The options of React 19's `createRoot` and `hydrateRoot` that send every error of the tree: those that no boundary caught with `handled: false`, those
 * from which React recovered by itself as warnings. React's own report of each, on the console or to the page, stays. @default the default client
 */
export function rootHandlers(metlog: Metlog = defaultMetlog): RootHandlers {
  return {
    onUncaughtError(error, info) {
      sendError(metlog, error, info, { handled: false });
      reportToPage(error);
    },
    onCaughtError(error, info) {
      sendError(metlog, error, info, { handled: true });
      expectEcho(error); // the boundary is told next
      console.error(error);
    },
    onRecoverableError(error, info) {
      sendError(metlog, error, info, { handled: true, severity: SEVERITY.warning });
      reportToPage(error);
    },
  };
}

function sendError(metlog: Metlog, error: unknown, info: Parameters<Handler>[1], options: ExceptionOptions): void {
  if (!claimError(error)) return; // the root and a boundary see the same one
  const componentStack = info.componentStack?.trim().slice(0, MAX_STACK_LENGTH);
  metlog.exception(error, { mechanism: 'react', ...options, metadata: { componentStack } });
}

/** As React does where nobody handles its errors. */
function reportToPage(error: unknown): void {
  if (typeof reportError === 'function') {
    expectEcho(error); // as the page's event, before this returns
    reportError(error);
    takeEcho(error);
  } else console.error(error);
}
