import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../ask.ts';

interface Loaded<Props> {
  readonly view?: ComponentType<Props>;
  readonly error?: string;
}

/** A view whose code is loaded when it is first shown. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let known: ComponentType<Props> | undefined;
  return function Later(props: Props): JSX.Element {
    const [{ view: View, error }, setLoaded] = useState<Loaded<Props>>(known === undefined ? {} : { view: known });
    useEffect(() => {
      if (known !== undefined) return;
      load().then(
        (view) => {
          known = view;
          setLoaded({ view });
        },
        () => {
          // After an upgrade of the server the page in the browser asks for parts that are gone.
          setLoaded({ error: 'this page could not be loaded; load the report anew' });
          // Who is signed out gets no part either, and is led to the form by the answer to any question.
          ask('/api/views').catch(() => undefined);
        },
      );
    }, []);
    if (View !== undefined) return <View {...props} />;
    return error === undefined ? (
      <p class="quiet">loading …</p>
    ) : (
      <p class="failure" role="alert">
        {error}
      </p>
    );
  };
}
