type PageGlobals = Partial<Pick<Window, 'document' | 'location' | 'origin'>> & {
  readonly navigator?: Navigator & { readonly globalPrivacyControl?: boolean };
};

/** What a page has, and a worker or a server may not have. Asked for each time: it is the page's, which may change it. */
export const pageGlobals = (): PageGlobals => globalThis;
