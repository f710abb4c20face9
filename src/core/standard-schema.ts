/** The part of Standard Schema that a typed message needs; zod 4, valibot and arktype schemas have it. https://standardschema.dev */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

interface StandardResult {
  readonly value?: unknown;
  readonly issues?: readonly StandardIssue[] | undefined;
}

interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a schema's input looks like to the compiler. */
export type InputOf<S extends StandardSchema> = NonNullable<S['~standard']['types']>['input'];

/** What is wrong with `value`, one sentence with the path, or null when it fits. A schema that answers later cannot be asked: recording never waits. */
export function explainMismatch(schema: StandardSchema, value: unknown): string | null {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) {
    result.catch(() => undefined); // nobody waits for its answer, so nobody must miss it
    return 'its schema is asynchronous';
  }
  const issue = result.issues?.[0];
  if (!issue) return null;
  const path = (issue.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
  return path ? `${path}: ${issue.message}` : issue.message;
}
